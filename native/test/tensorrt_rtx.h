// The real TensorRT-RTX, in the folder or file named by ENGINERY_TENSORRT_RTX_LIBRARY.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace enginery::test {

struct TensorRtRtx {
  std::string library;
  std::string parser;
};

// Nothing where the variable is not set: the test is skipped then.
inline std::optional<TensorRtRtx> tensorrt_rtx() {
  const char* named = std::getenv("ENGINERY_TENSORRT_RTX_LIBRARY");
  if (named == nullptr) return std::nullopt;
  const std::filesystem::path path(named);
  const auto folder = std::filesystem::is_directory(path) ? path : path.parent_path();
  return TensorRtRtx{folder / "libtensorrt_rtx.so.1", folder / "libtensorrt_onnxparser_rtx.so.1"};
}

}  // namespace enginery::test
