#include "core/shared_library.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <mutex>

namespace enginery {
namespace {

std::timed_mutex& opening() {
  static auto* const mutex = new std::timed_mutex();
  return *mutex;
}

}  // namespace

Status SharedLibrary::open(const std::string& path, SharedLibrary& out) {
  std::lock_guard lock(opening());
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return Status::failed("ENGINERY_LIBRARY_UNUSABLE", reason != nullptr ? reason : path + ": cannot be opened", path);
  }
  out.handle_ = handle;
  return {};
}

void SharedLibrary::before_exit(void (*register_last)()) {
  static bool final = false;  // main thread only: registered last for good
  const bool main_thread = syscall(SYS_gettid) == getpid();
  if (main_thread && final) return;
  std::unique_lock lock(opening(), std::chrono::seconds(2));
  register_last();
  if (!main_thread) return;
  final = true;
  lock.release();  // never unlocked
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
