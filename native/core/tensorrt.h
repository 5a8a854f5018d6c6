// A TensorRT that is open: its library, its ONNX parser, and the bridge module of its family.
#pragma once

#include <string>

#include "core/bridge_module.h"
#include "core/status.h"

namespace enginery {

struct TensorRT {
  EngineryBridgeLibrary library{};  // points into this object
  const EngineryBridge* bridge = nullptr;

  // Refuses versions that no bridge module fits, and 10.8.0, whose network interface has its functions in other places
  // than the releases before and after it. Blocks, as SharedLibrary::open() does.
  Status open(const std::string& library_path, const std::string& parser_path);

  // Without a parser.
  Status open_for_running(const std::string& library_path);

  // The parser of an open library. Again is cheap.
  static Status open_parser(const std::string& path, const char* needed, void*& out);

  TensorRT() = default;
  TensorRT(const TensorRT&) = delete;
  TensorRT& operator=(const TensorRT&) = delete;

 private:
  Status open_library(const std::string& path, const char* needed);

  std::string folder_;
};

}  // namespace enginery
