// A CUDA driver for tests: the few functions enginery calls, behaving as ENGINERY_FAKE_CUDA says.
//
//   two-devices (default) | no-device | no-device-count | init-error | init-crash | init-exit | init-hang |
//   device-error | unknown-error
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

struct Device {
  const char* name;
  int32_t major;
  int32_t minor;
  size_t bytes;
};
constexpr Device kDevices[] = {{"Fake GPU A", 8, 9, size_t{24} << 30}, {"Fake GPU B", 12, 0, size_t{32} << 30}};

std::string_view behaviour() {
  const char* value = std::getenv("ENGINERY_FAKE_CUDA");
  return value == nullptr ? "two-devices" : value;
}

}  // namespace

EXPORT int32_t cuInit(uint32_t) {
  if (behaviour() == "no-device") return 100;
  if (behaviour() == "init-error") return 803;
  if (behaviour() == "unknown-error") return 98765;
  if (behaviour() == "init-crash") *reinterpret_cast<volatile int*>(8) = 1;
  if (behaviour() == "init-exit") {
    std::fputs("symbol lookup error: libcuda.so.1: undefined symbol: nvrm\n", stderr);
    _exit(127);
  }
  if (behaviour() == "init-hang") {
    for (;;) pause();
  }
  return 0;
}

EXPORT int32_t cuDriverGetVersion(int32_t* version) {
  *version = 13010;
  return 0;
}

EXPORT int32_t cuDeviceGetCount(int32_t* count) {
  *count = behaviour() == "no-device-count" ? 0 : 2;
  return 0;
}

EXPORT int32_t cuDeviceGet(int32_t* device, int32_t ordinal) {
  if (ordinal < 0 || ordinal > 1) return 101;
  *device = ordinal;
  return 0;
}

EXPORT int32_t cuDeviceGetName(char* name, int32_t size, int32_t device) {
  std::strncpy(name, kDevices[device].name, static_cast<size_t>(size));
  return 0;
}

EXPORT int32_t cuDeviceGetAttribute(int32_t* value, int32_t attribute, int32_t device) {
  if (attribute != 75 && attribute != 76) return 1;
  *value = attribute == 75 ? kDevices[device].major : kDevices[device].minor;
  return 0;
}

EXPORT int32_t cuDeviceTotalMem_v2(size_t* bytes, int32_t device) {
  if (behaviour() == "device-error" && device == 1) return 999;
  *bytes = kDevices[device].bytes;
  return 0;
}

EXPORT int32_t cuGetErrorName(int32_t error, const char** name) {
  *name = error == 100   ? "CUDA_ERROR_NO_DEVICE"
          : error == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"
          : error == 999 ? "CUDA_ERROR_UNKNOWN"
                         : nullptr;
  return *name == nullptr ? 1 : 0;
}

EXPORT int32_t cuGetErrorString(int32_t error, const char** text) {
  *text = error == 100   ? "no CUDA-capable device is detected"
          : error == 803 ? "system has unsupported display driver / cuda driver combination"
          : error == 999 ? "unknown error"
                         : nullptr;
  return *text == nullptr ? 1 : 0;
}
