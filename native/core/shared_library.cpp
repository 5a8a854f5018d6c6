#include "core/shared_library.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>

namespace enginery {
namespace {

// Held while a library is opened. Not a timed mutex: GCC 12's TSan does not know its waits.
struct Opening {
  std::mutex mutex;
  std::condition_variable free;
  bool taken = false;
};

Opening& opening() {
  static auto* const opening = new Opening();
  return *opening;
}

}  // namespace

Status SharedLibrary::open(const std::string& path, SharedLibrary& out) {
  Opening& opening = enginery::opening();
  std::unique_lock lock(opening.mutex);
  opening.free.wait(lock, [&] { return !opening.taken; });
  opening.taken = true;
  lock.unlock();
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const char* reason = handle == nullptr ? dlerror() : nullptr;
  lock.lock();
  opening.taken = false;
  opening.free.notify_one();
  if (handle == nullptr) {
    return Status::failed("ENGINERY_LIBRARY_UNUSABLE", reason != nullptr ? reason : path + ": cannot be opened", path);
  }
  out.handle_ = handle;
  return {};
}

void SharedLibrary::before_exit(void (*register_last)()) {
  static bool final = false;  // main thread only: registered last for good
  const bool main_thread = syscall(SYS_gettid) == getpid();
  if (main_thread && final) return;
  Opening& opening = enginery::opening();
  std::unique_lock lock(opening.mutex);
  opening.free.wait_for(lock, std::chrono::seconds(2), [&] { return !opening.taken; });
  register_last();
  if (!main_thread) return;
  final = true;
  opening.taken = true;  // never given back
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
