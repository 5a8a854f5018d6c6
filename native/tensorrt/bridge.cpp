// Builds an engine: parse, configure, build, hand the plan over. See bridge.h for the contract.
#include "tensorrt/bridge.h"

#include <dlfcn.h>

#include <exception>
#include <memory>
#include <string>

#include "tensorrt/family.h"
#include "tensorrt/logger.h"
#include "tensorrt/names.h"
#include "tensorrt/operation.h"
#include "tensorrt/profiles.h"
#include "tensorrt/progress.h"
#include "tensorrt/settings.h"

namespace enginery {
namespace {

using nvinfer1::IBuilder;
using nvinfer1::IBuilderConfig;
using nvinfer1::INetworkDefinition;
using nvonnxparser::IParser;

const char* text(const char* string) { return string != nullptr ? string : ""; }

// The _INTERNAL entry points take the version the caller was compiled with, like NVIDIA's inline wrappers pass it.
IBuilder* create_builder(const EngineryBridgeLibrary& library) {
  const auto create =
      reinterpret_cast<void* (*)(void*, int32_t)>(dlsym(library.library, "createInferBuilder_INTERNAL"));
  return create == nullptr ? nullptr : static_cast<IBuilder*>(create(&logger(), NV_TENSORRT_VERSION));
}

IParser* create_parser(const EngineryBridgeLibrary& library, INetworkDefinition& network) {
  const auto create =
      reinterpret_cast<void* (*)(void*, void*, int)>(dlsym(library.parser, "createNvOnnxParser_INTERNAL"));
  return create == nullptr ? nullptr : static_cast<IParser*>(create(&network, &logger(), NV_ONNX_PARSER_VERSION));
}

void report_parser_errors(Operation& operation, const IParser& parser) {
  for (int i = 0; i < parser.getNbErrors(); ++i) {
    const nvonnxparser::IParserError* error = parser.getError(i);
    if (error == nullptr) continue;
    const EngineryBridgeParserError plain{name_of(error->code()), text(error->nodeName()), text(error->nodeOperator()),
                                          text(error->file()),    error->line(),           text(error->func()),
                                          text(error->desc())};
    operation.callbacks.parser_error(operation.callbacks.user, &plain);
  }
}

void report_tensor(Operation& operation, const nvinfer1::ITensor& tensor, bool output) {
  const nvinfer1::Dims dims = tensor.getDimensions();
  const EngineryBridgeTensor plain{text(tensor.getName()),
                                   name_of(tensor.getType()),
                                   output ? 1 : 0,
                                   tensor.isShapeTensor() ? 1 : 0,
                                   dims.nbDims,
                                   dims.d};
  operation.callbacks.tensor(operation.callbacks.user, &plain);
}

void report_tensors(Operation& operation, const INetworkDefinition& network) {
  for (int32_t i = 0; i < network.getNbInputs(); ++i) report_tensor(operation, *network.getInput(i), false);
  for (int32_t i = 0; i < network.getNbOutputs(); ++i) report_tensor(operation, *network.getOutput(i), true);
}

bool parse(const EngineryBridgeBuild& build, IParser& parser) {
  if (build.model_path != nullptr) {
    return parser.parseFromFile(build.model_path, static_cast<int>(nvinfer1::ILogger::Severity::kWARNING));
  }
  return parser.parse(build.model_data, build.model_size);
}

int32_t build_engine(Operation& operation, const EngineryBridgeBuild& build) {
  // Destroyed in reverse: parser before network, config and builder last, as TensorRT wants it.
  const std::unique_ptr<IBuilder> builder(create_builder(operation.library));
  if (!builder) return ENGINERY_BRIDGE_NO_BUILDER;
  const std::unique_ptr<IBuilderConfig> config(builder->createBuilderConfig());
  if (!config) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createBuilderConfig");
  // No flags: this family knows strong typing only.
  const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(0));
  if (!network) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createNetworkV2");
  const std::unique_ptr<IParser> parser(create_parser(operation.library, *network));
  if (!parser) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createNvOnnxParser");

  ProgressMonitor monitor(operation);
  config->setProgressMonitor(&monitor);

  int32_t status = apply_settings(operation, build, *config, *parser);
  if (status != ENGINERY_BRIDGE_OK) return status;
  if (!parse(build, *parser)) {
    report_parser_errors(operation, *parser);
    return ENGINERY_BRIDGE_PARSE_FAILED;
  }
  report_tensors(operation, *network);
  status = add_profiles(operation, build, *builder, *config);
  if (status != ENGINERY_BRIDGE_OK) return status;

  // Not buildSerializedNetworkToStream: it saves the plan's size in memory, and on TensorRT-RTX 1.7 takes 1.7 times as
  // long for a small network and 1.1 times as long for a plan of 15 MB.
  const std::unique_ptr<nvinfer1::IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
  if (!plan) return operation.cancelled ? ENGINERY_BRIDGE_CANCELLED : ENGINERY_BRIDGE_BUILD_FAILED;
  const auto& callbacks = operation.callbacks;
  return callbacks.write(callbacks.user, plan->data(), plan->size()) != 0 ? ENGINERY_BRIDGE_OK
                                                                          : ENGINERY_BRIDGE_WRITE_FAILED;
}

int32_t build(const EngineryBridgeLibrary* library, const EngineryBridgeBuild* build,
              const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result) {
  Operation operation(*library, *callbacks, *result);
  const LogScope scope(operation);
  try {
    return build_engine(operation, *build);
  } catch (const std::exception& error) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, error.what());
  } catch (...) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "an exception of unknown type");
  }
}

constexpr EngineryBridge kBridge{ENGINERY_BRIDGE_ABI, ENGINERY_FAMILY, kHeaderVersion, &build};

}  // namespace
}  // namespace enginery

extern "C" __attribute__((visibility("default"))) const EngineryBridge* enginery_bridge() { return &enginery::kBridge; }
