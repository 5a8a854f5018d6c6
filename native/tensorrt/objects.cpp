#include "tensorrt/objects.h"

#include <dlfcn.h>

#include "tensorrt/logger.h"
#include "tensorrt/names.h"

namespace enginery {
namespace {

const char* text(const char* string) { return string != nullptr ? string : ""; }

// A library that was opened by its path looks for its own parts (the builder's resources, by GPU) on the loader's path,
// unless it is told. TensorRT 10.16, 11 and RTX 1.4 have this function.
void use_internal_libraries(const EngineryBridgeLibrary& library) {
  const auto set = reinterpret_cast<bool (*)(const char*)>(dlsym(library.library, "setInternalLibraryPath"));
  if (ENGINERY_ENTERPRISE && set != nullptr && library.folder != nullptr) set(library.folder);
}

void report_tensor(Operation& operation, const nvinfer1::ITensor* tensor, bool output) {
  if (tensor == nullptr) return;
  const nvinfer1::Dims dims = tensor->getDimensions();
  const EngineryBridgeTensor plain{text(tensor->getName()),
                                   name_of(tensor->getType()),
                                   output ? 1 : 0,
                                   tensor->isShapeTensor() ? 1 : 0,
                                   dims.nbDims,
                                   dims.d};
  operation.callbacks.tensor(operation.callbacks.user, &plain);
}

template <typename Parser>
void report_errors(Operation& operation, const Parser& parser) {
  for (int i = 0; i < parser.getNbErrors(); ++i) {
    const nvonnxparser::IParserError* error = parser.getError(i);
    if (error == nullptr) continue;
    const EngineryBridgeParserError plain{name_of(error->code()), text(error->nodeName()), text(error->nodeOperator()),
                                          text(error->file()),    error->line(),           text(error->func()),
                                          text(error->desc())};
    operation.callbacks.parser_error(operation.callbacks.user, &plain);
  }
}

}  // namespace

// The _INTERNAL entry points take the version the caller was compiled with, like NVIDIA's inline wrappers pass it.
nvinfer1::IBuilder* create_builder(const EngineryBridgeLibrary& library) {
  use_internal_libraries(library);
  const auto create =
      reinterpret_cast<void* (*)(void*, int32_t)>(dlsym(library.library, "createInferBuilder_INTERNAL"));
  return create == nullptr ? nullptr : static_cast<nvinfer1::IBuilder*>(create(&logger(), NV_TENSORRT_VERSION));
}

nvinfer1::IRuntime* create_runtime(const EngineryBridgeLibrary& library) {
  const auto create =
      reinterpret_cast<void* (*)(void*, int32_t)>(dlsym(library.library, "createInferRuntime_INTERNAL"));
  return create == nullptr ? nullptr : static_cast<nvinfer1::IRuntime*>(create(&logger(), NV_TENSORRT_VERSION));
}

nvonnxparser::IParser* create_parser(const EngineryBridgeLibrary& library, nvinfer1::INetworkDefinition& network) {
  const auto create =
      reinterpret_cast<void* (*)(void*, void*, int)>(dlsym(library.parser, "createNvOnnxParser_INTERNAL"));
  return create == nullptr ? nullptr
                           : static_cast<nvonnxparser::IParser*>(create(&network, &logger(), NV_ONNX_PARSER_VERSION));
}

nvinfer1::IRefitter* create_refitter(const EngineryBridgeLibrary& library, nvinfer1::ICudaEngine& engine) {
  const auto create =
      reinterpret_cast<void* (*)(void*, void*, int32_t)>(dlsym(library.library, "createInferRefitter_INTERNAL"));
  return create == nullptr ? nullptr
                           : static_cast<nvinfer1::IRefitter*>(create(&engine, &logger(), NV_TENSORRT_VERSION));
}

nvonnxparser::IParserRefitter* create_parser_refitter(void* parser, nvinfer1::IRefitter& refitter) {
  const auto create =
      reinterpret_cast<void* (*)(void*, void*, int32_t)>(dlsym(parser, "createNvOnnxParserRefitter_INTERNAL"));
  return create == nullptr
             ? nullptr
             : static_cast<nvonnxparser::IParserRefitter*>(create(&refitter, &logger(), NV_ONNX_PARSER_VERSION));
}

void report_parser_errors(Operation& operation, const nvonnxparser::IParser& parser) {
  report_errors(operation, parser);
}

void report_parser_errors(Operation& operation, const nvonnxparser::IParserRefitter& parser) {
  report_errors(operation, parser);
}

bool report_tensors(Operation& operation, const nvinfer1::INetworkDefinition& network) {
  const int errors = operation.errors;
  for (int32_t i = 0; i < network.getNbInputs(); ++i) report_tensor(operation, network.getInput(i), false);
  for (int32_t i = 0; i < network.getNbOutputs(); ++i) report_tensor(operation, network.getOutput(i), true);
  return operation.errors == errors;
}

bool write(const EngineryBridgeCallbacks& callbacks, const nvinfer1::IHostMemory& bytes) {
  const void* const data = bytes.data();
  const size_t size = bytes.size();
  return data != nullptr && size > 0 && callbacks.write(callbacks.user, data, size) != 0;
}

}  // namespace enginery
