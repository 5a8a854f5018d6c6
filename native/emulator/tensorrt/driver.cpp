#include "emulator/tensorrt/driver.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <mutex>

namespace enginery::emulator {
namespace {

void* open_library() {
  constexpr const char* kName = "libcuda.so.1";
  if (void* const loaded = dlopen(kName, RTLD_NOW | RTLD_NOLOAD)) return loaded;
  const char* const named = std::getenv("ENGINERY_CUDA_LIBRARY");
  return dlopen(named != nullptr ? named : kName, RTLD_NOW | RTLD_LOCAL);
}

Driver bind(void* library) {
  Driver out;
#define ENGINERY_EMULATOR_BIND(name) out.name = reinterpret_cast<decltype(out.name)>(dlsym(library, #name));
  ENGINERY_EMULATOR_DRIVER(ENGINERY_EMULATOR_BIND)
  ENGINERY_EMULATOR_CONTROL(ENGINERY_EMULATOR_BIND)
#undef ENGINERY_EMULATOR_BIND
  return out;
}

}  // namespace

const Driver* driver() {
  static auto* const mutex = new std::mutex;
  static std::atomic<const Driver*> found{nullptr};
  if (const Driver* known = found.load(std::memory_order_acquire)) return known;
  std::lock_guard lock(*mutex);
  if (found.load() != nullptr) return found.load();
  void* const library = open_library();
  if (library == nullptr) return nullptr;
  found.store(new Driver(bind(library)), std::memory_order_release);
  return found.load();
}

const Driver* usable_driver() {
  const Driver* const cuda = driver();
  int count = 0;
  if (cuda == nullptr || cuda->cuInit(0) != CUDA_SUCCESS) return nullptr;
  return cuda->cuDeviceGetCount(&count) == CUDA_SUCCESS && count > 0 ? cuda : nullptr;
}

int32_t current_compute_capability(const Driver& driver) {
  CUcontext context = nullptr;
  CUdevice device = 0;
  int major = 0;
  int minor = 0;
  driver.cuCtxGetCurrent(&context);
  if (context != nullptr) driver.cuCtxGetDevice(&device);
  driver.cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
  driver.cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
  return major * 10 + minor;
}

}  // namespace enginery::emulator
