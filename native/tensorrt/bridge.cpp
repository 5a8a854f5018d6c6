// Builds an engine: parse, configure, build, hand the plan over. See bridge.h for the contract.
#include "tensorrt/bridge.h"

#include <exception>
#include <memory>
#include <string>

#include "tensorrt/execution_table.h"
#include "tensorrt/family.h"
#include "tensorrt/logger.h"
#include "tensorrt/objects.h"
#include "tensorrt/operation.h"
#include "tensorrt/plugins.h"
#include "tensorrt/profiles.h"
#include "tensorrt/progress.h"
#include "tensorrt/settings.h"
#include "tensorrt/support.h"
#include "tensorrt/timing_cache.h"

namespace enginery {
namespace {

using nvinfer1::IBuilder;
using nvinfer1::IBuilderConfig;
using nvinfer1::INetworkDefinition;
using nvonnxparser::IParser;

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
  const std::unique_ptr<INetworkDefinition> network(builder->createNetworkV2(network_flags(build)));
  if (!network) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createNetworkV2");
  const std::unique_ptr<IParser> parser(create_parser(operation.library, *network));
  if (!parser) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createNvOnnxParser");

  ProgressMonitor monitor(operation);
  config->setProgressMonitor(&monitor);

  int32_t status = apply_settings(operation, build, *config, *parser);
  if (status != ENGINERY_BRIDGE_OK) return status;
  status = load_plugins(operation, build, *builder);
  if (status != ENGINERY_BRIDGE_OK) return status;
  TimingCache timing_cache(operation, build, *config);
  if (!parse(build, *parser)) {
    report_parser_errors(operation, *parser);
    return ENGINERY_BRIDGE_PARSE_FAILED;
  }
  if (!report_tensors(operation, *network)) return ENGINERY_BRIDGE_BUILD_FAILED;
  status = add_profiles(operation, build, *builder, *config);
  if (status != ENGINERY_BRIDGE_OK) return status;

  // Not buildSerializedNetworkToStream: it saves the plan's size in memory, and on TensorRT-RTX 1.7 takes 1.7 times as
  // long for a small network and 1.1 times as long for a plan of 15 MB.
  const std::unique_ptr<nvinfer1::IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
  if (!plan) return operation.cancelled ? ENGINERY_BRIDGE_CANCELLED : ENGINERY_BRIDGE_BUILD_FAILED;
  timing_cache.keep();
  return write(operation.callbacks, *plan) ? ENGINERY_BRIDGE_OK : ENGINERY_BRIDGE_WRITE_FAILED;
}

// No exception leaves the bridge.
template <int32_t (*work)(Operation&, const EngineryBridgeBuild&)>
int32_t guarded(const EngineryBridgeLibrary* library, const EngineryBridgeBuild* build,
                const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result) {
  Operation operation(*library, *callbacks, *result);
  const LiveOperation live(operation);
  const LogScope scope(&operation);
  try {
    return work(operation, *build);
  } catch (const std::exception& error) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, error.what());
  } catch (...) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "an exception of unknown type");
  }
}

constexpr EngineryBridge kBridge{ENGINERY_BRIDGE_ABI,        ENGINERY_FAMILY, kHeaderVersion, &guarded<build_engine>,
                                 &guarded<describe_support>, &kExecution};

}  // namespace
}  // namespace enginery

extern "C" __attribute__((visibility("default"))) const EngineryBridge* enginery_bridge() { return &enginery::kBridge; }
