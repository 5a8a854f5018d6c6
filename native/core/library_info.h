// What a shared library says of itself, read before anything else is asked of it.
#pragma once

#include <cstdint>
#include <string>

#include "core/shared_library.h"
#include "core/status.h"

namespace enginery {

struct LibraryInfo {
  std::string product;  // "tensorrt-rtx", "tensorrt", "onnxruntime", "cuda-driver"
  std::string version;  // "1.7.1.116"; of a driver, the CUDA version it supports, or empty before cuInit
  int32_t number = 0;   // TensorRT: major * 10000 + minor * 100 + patch
  SharedLibrary library;
};

// Opens `path`, tells the product by the symbols it exports and asks its version. A library that is none of ours is
// ENGINERY_LIBRARY_UNUSABLE. Blocks: call it on a job thread.
Status describe_library(const std::string& path, LibraryInfo& out);

}  // namespace enginery
