// Making TensorRT's objects, and telling what they say.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Null where TensorRT cannot make one; the log says why.
nvinfer1::IBuilder* create_builder(const EngineryBridgeLibrary& library);
nvinfer1::IRuntime* create_runtime(const EngineryBridgeLibrary& library);
nvonnxparser::IParser* create_parser(const EngineryBridgeLibrary& library, nvinfer1::INetworkDefinition& network);
nvinfer1::IRefitter* create_refitter(const EngineryBridgeLibrary& library, nvinfer1::ICudaEngine& engine);
nvonnxparser::IParserRefitter* create_parser_refitter(void* parser, nvinfer1::IRefitter& refitter);

void report_parser_errors(Operation& operation, const nvonnxparser::IParser& parser);
void report_parser_errors(Operation& operation, const nvonnxparser::IParserRefitter& parser);
// False where TensorRT fails to say what they are.
bool report_tensors(Operation& operation, const nvinfer1::INetworkDefinition& network);

// Gives the bytes to the caller; false where TensorRT has none, or where they could not be kept.
bool write(const EngineryBridgeCallbacks& callbacks, const nvinfer1::IHostMemory& bytes);

}  // namespace enginery
