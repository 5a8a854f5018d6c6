#include "ort/ort_library.h"

#include <map>
#include <memory>
#include <mutex>

#include "core/shared_library.h"

namespace enginery::ort {

Status Library::open(const std::string& path, const Library*& out) {
  static auto* const mutex = new std::mutex;
  static auto* const opened = new std::map<std::string, const Library*>;
  std::lock_guard lock(*mutex);
  if (const auto known = opened->find(path); known != opened->end()) {
    out = known->second;
    return {};
  }

  SharedLibrary shared;
  if (Status status = SharedLibrary::open(path, shared); !status.ok()) return status;
  const auto entry = shared.function<const ApiBase* (*)()>("OrtGetApiBase");
  const ApiBase* const base = entry != nullptr ? entry() : nullptr;
  if (base == nullptr) {
    return Status::failed("ENGINERY_LIBRARY_UNUSABLE",
                          path + ": not an ONNX Runtime library (it does not export OrtGetApiBase)", path);
  }
  const void* const* const table = base->GetApi(API_VERSION);
  if (table == nullptr) {
    return Status::failed(
        "ENGINERY_LIBRARY_UNSUPPORTED",
        path + ": ONNX Runtime " + base->GetVersionString() + " is older than 1.17, the oldest usable", path);
  }

  std::unique_ptr<Library> library(new Library);
  library->api_ = Api(table);
  // ONNX Runtime writes its log to stderr, which belongs to the application; what goes wrong is in the status as well.
  const Api& api = library->api_;
  const auto unusable = [](ErrorCode) { return "ENGINERY_LIBRARY_UNUSABLE"; };
  Status status = library->check(api.CreateEnv(LOG_FATAL, "enginery", &library->env_), unusable);
  if (status.ok()) status = library->check(api.GetAllocatorWithDefaultOptions(&library->allocator_), unusable);
  if (status.ok()) {
    status = library->check(api.CreateCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY, &library->cpu_memory_), unusable);
  }
  if (!status.ok()) {
    status.subject = path;
    return status;
  }
  out = opened->emplace(path, library.release()).first->second;
  return {};
}

Status Library::check(OrtStatus* status, const char* (*code)(ErrorCode)) const {
  if (status == nullptr) return {};
  Status ours = Status::failed(code(api_.GetErrorCode(status)), api_.GetErrorMessage(status));
  api_.ReleaseStatus(status);
  return ours;
}

const char* open_error(ErrorCode code) {
  switch (code) {
    case NO_SUCH_FILE:
      return "ENGINERY_FILE_NOT_FOUND";
    case NO_MODEL:
    case INVALID_PROTOBUF:
    case INVALID_GRAPH:
      return "ENGINERY_INVALID_MODEL";
    default:
      return "ENGINERY_SESSION_FAILED";
  }
}

const char* run_error(ErrorCode code) {
  return code == INVALID_ARGUMENT ? "ENGINERY_INVALID_FEED" : "ENGINERY_RUN_FAILED";
}

}  // namespace enginery::ort
