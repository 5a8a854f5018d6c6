// Names for TensorRT's enumerators, as they cross the bridge.
#pragma once

#include "tensorrt/family.h"

namespace enginery {

// The façade's name of an element type (lib/tensor/element-type.ts), which is ONNX's in lower case.
inline const char* name_of(nvinfer1::DataType type) {
  using nvinfer1::DataType;
  switch (type) {
    case DataType::kFLOAT:
      return "float32";
    case DataType::kHALF:
      return "float16";
    case DataType::kBF16:
      return "bfloat16";
    case DataType::kINT8:
      return "int8";
    case DataType::kUINT8:
      return "uint8";
    case DataType::kINT32:
      return "int32";
    case DataType::kINT64:
      return "int64";
    case DataType::kBOOL:
      return "bool";
    case DataType::kFP8:
      return "float8e4m3fn";
    case DataType::kINT4:
      return "int4";
    case DataType::kFP4:
      return "float4e2m1";
    case DataType::kE8M0:
      return "float8e8m0";
  }
  return "unknown";
}

inline const char* name_of(nvonnxparser::ErrorCode code) {
  using nvonnxparser::ErrorCode;
  switch (code) {
    case ErrorCode::kSUCCESS:
      return "SUCCESS";
    case ErrorCode::kINTERNAL_ERROR:
      return "INTERNAL_ERROR";
    case ErrorCode::kMEM_ALLOC_FAILED:
      return "MEM_ALLOC_FAILED";
    case ErrorCode::kMODEL_DESERIALIZE_FAILED:
      return "MODEL_DESERIALIZE_FAILED";
    case ErrorCode::kINVALID_VALUE:
      return "INVALID_VALUE";
    case ErrorCode::kINVALID_GRAPH:
      return "INVALID_GRAPH";
    case ErrorCode::kINVALID_NODE:
      return "INVALID_NODE";
    case ErrorCode::kUNSUPPORTED_GRAPH:
      return "UNSUPPORTED_GRAPH";
    case ErrorCode::kUNSUPPORTED_NODE:
      return "UNSUPPORTED_NODE";
    case ErrorCode::kUNSUPPORTED_NODE_ATTR:
      return "UNSUPPORTED_NODE_ATTR";
    case ErrorCode::kUNSUPPORTED_NODE_INPUT:
      return "UNSUPPORTED_NODE_INPUT";
    case ErrorCode::kUNSUPPORTED_NODE_DATATYPE:
      return "UNSUPPORTED_NODE_DATATYPE";
    case ErrorCode::kUNSUPPORTED_NODE_DYNAMIC:
      return "UNSUPPORTED_NODE_DYNAMIC";
    case ErrorCode::kUNSUPPORTED_NODE_SHAPE:
      return "UNSUPPORTED_NODE_SHAPE";
    case ErrorCode::kREFIT_FAILED:
      return "REFIT_FAILED";
  }
  return "UNKNOWN";
}

}  // namespace enginery
