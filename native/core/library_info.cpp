#include "core/library_info.h"

namespace enginery {
namespace {

using VersionFunction = int32_t (*)();

// The first two slots of OrtApiBase are part of ONNX Runtime's ABI promise.
struct OrtApiBasePrefix {
  const void* (*get_api)(uint32_t);
  const char* (*get_version)();
};

Status describe_tensorrt(const std::string& path, VersionFunction version, LibraryInfo& out) {
  out.number = version();
  const auto part = [&](const char* name) {
    const auto function = out.library.function<VersionFunction>(name);
    return function != nullptr ? function() : -1;
  };
  const int major = part("getInferLibMajorVersion");
  const int minor = part("getInferLibMinorVersion");
  const int patch = part("getInferLibPatchVersion");
  const int build = part("getInferLibBuildVersion");
  if (major < 0 || minor < 0 || patch < 0 || build < 0) {
    return Status::failed(
        "ENGINERY_LIBRARY_UNSUPPORTED",
        path + ": a TensorRT library older than 10.0, without the version functions this package reads", path);
  }
  // TensorRT-RTX counts its own major versions from 1; Enterprise was past 7 when RTX appeared.
  out.product = major < 7 ? "tensorrt-rtx" : "tensorrt";
  out.version =
      std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) + "." + std::to_string(build);
  return {};
}

}  // namespace

Status describe_library(const std::string& path, LibraryInfo& out) {
  Status status = SharedLibrary::open(path, out.library);
  if (!status.ok()) return status;

  if (const auto version = out.library.function<VersionFunction>("getInferLibVersion")) {
    return describe_tensorrt(path, version, out);
  }
  if (const auto base = out.library.function<const OrtApiBasePrefix* (*)()>("OrtGetApiBase")) {
    const OrtApiBasePrefix* const prefix = base();
    if (prefix == nullptr)
      return Status::failed("ENGINERY_LIBRARY_UNUSABLE", path + ": OrtGetApiBase gives null", path);
    out.product = "onnxruntime";
    out.version = prefix->get_version();
    return {};
  }
  if (const auto version = out.library.function<int (*)(int*)>("cuDriverGetVersion")) {
    out.product = "cuda-driver";
    int number = 0;
    // Allowed before cuInit; a stub library answers with an error, which leaves the version empty.
    if (version(&number) == 0) out.version = std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
    return {};
  }
  return Status::failed(
      "ENGINERY_LIBRARY_UNUSABLE",
      path + ": neither TensorRT, ONNX Runtime nor a CUDA driver (none of their entry points is exported)", path);
}

}  // namespace enginery
