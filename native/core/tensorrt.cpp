#include "core/tensorrt.h"

#include <filesystem>

#include "core/library_info.h"
#include "core/shared_library.h"

namespace enginery {
namespace {

Status require(const SharedLibrary& library, const std::string& path, const char* symbol) {
  if (library.symbol(symbol) != nullptr) return {};
  return Status::failed("ENGINERY_LIBRARY_UNUSABLE", path + " does not export " + symbol, path);
}

// NVIDIA's plugins, where they were installed beside the library.
void* open_plugins(const std::string& folder, int32_t version) {
  SharedLibrary plugins;
  const std::string path = folder + "/libnvinfer_plugin.so." + std::to_string(version / 10000);
  std::error_code error;
  if (!std::filesystem::exists(path, error) || !SharedLibrary::open(path, plugins).ok()) return nullptr;
  return plugins.handle();
}

}  // namespace

Status TensorRT::open(const std::string& library_path, const std::string& parser_path) {
  const Status status = open_library(library_path, "createInferBuilder_INTERNAL");
  return status.ok() ? open_parser(parser_path, "createNvOnnxParser_INTERNAL", library.parser) : status;
}

Status TensorRT::open_parser(const std::string& path, const char* needed, void*& out) {
  SharedLibrary parser;
  Status status = SharedLibrary::open(path, parser);
  if (status.ok()) status = require(parser, path, needed);
  if (status.ok()) out = parser.handle();
  return status;
}

Status TensorRT::open_for_running(const std::string& library_path) {
  return open_library(library_path, "createInferRuntime_INTERNAL");
}

Status TensorRT::open_library(const std::string& path, const char* needed) {
  LibraryInfo info;
  Status status = describe_library(path, info);
  if (!status.ok()) return status;
  const std::string family = family_of(info.product, info.number);
  if (family.empty()) {
    return Status::failed("ENGINERY_LIBRARY_UNSUPPORTED",
                          path + ": " + info.product + " " + info.version + " is not supported", path);
  }
  status = load_bridge(family, bridge);
  if (status.ok()) status = require(info.library, path, needed);
  if (!status.ok()) return status;
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  folder_ = (error ? std::filesystem::path(path) : real).parent_path().string();
  void* const plugins = family == "rtx" ? nullptr : open_plugins(folder_, info.number);
  library = {info.library.handle(), nullptr, plugins, folder_.c_str(), info.number};
  return {};
}

}  // namespace enginery
