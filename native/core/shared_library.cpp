#include "core/shared_library.h"

#include <dlfcn.h>

#include <filesystem>

namespace enginery {

Status SharedLibrary::open(const std::string& path, SharedLibrary& out) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return Status::failed("ENGINERY_LIBRARY_UNUSABLE", reason != nullptr ? reason : path + ": cannot be opened", path);
  }
  out.handle_ = handle;
  return {};
}

void* SharedLibrary::symbol(const char* name) const { return handle_ == nullptr ? nullptr : dlsym(handle_, name); }

std::string self_directory() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&self_directory), &info) == 0 || info.dli_fname == nullptr) return {};
  // In a plain executable dli_fname is argv[0], which may be relative.
  std::error_code error;
  const auto path = std::filesystem::canonical(info.dli_fname, error);
  return (error ? std::filesystem::path(info.dli_fname) : path).parent_path().string();
}

}  // namespace enginery
