#include "core/cuda_driver.h"

namespace enginery {
namespace {

Status incomplete(const std::string& path, const char* missing) {
  return Status::failed("ENGINERY_LIBRARY_UNUSABLE", path + ": not a usable CUDA driver: it does not export " + missing,
                        path);
}

}  // namespace

#define ENGINERY_CUDA_FILL(name, parameters)                  \
  table.name = table.library.function<decltype(name)>(#name); \
  if (table.name == nullptr) return incomplete(table.path, #name);

Status CudaDriver::load(const std::string& path, CudaDriver& table) {
  Status status = SharedLibrary::open(path, table.library);
  if (!status.ok()) return status;
  table.path = path;
  ENGINERY_CUDA_DESCRIPTION(ENGINERY_CUDA_FILL)
  return {};
}

Status CudaDriver::load_execution() {
  CudaDriver& table = *this;
  ENGINERY_CUDA_EXECUTION(ENGINERY_CUDA_FILL)
  return {};
}

#undef ENGINERY_CUDA_FILL

Status CudaDriver::initialise(int32_t& devices) const {
  CudaResult result = cuInit(0);
  if (result != kCudaSuccess) return unavailable("cuInit", result);
  result = cuDeviceGetCount(&devices);
  if (result == kCudaSuccess && devices == 0) result = kCudaNoDevice;
  return result == kCudaSuccess ? Status{} : unavailable("cuDeviceGetCount", result);
}

Status CudaDriver::describe_device(int32_t ordinal, DeviceInfo& out) const {
  CudaDeviceHandle device = 0;
  CudaResult result = cuDeviceGet(&device, ordinal);
  if (result != kCudaSuccess) return unavailable("cuDeviceGet", result);

  char name[256] = {};
  result = cuDeviceGetName(name, sizeof name, device);
  if (result != kCudaSuccess) return unavailable("cuDeviceGetName", result);
  name[sizeof name - 1] = '\0';
  out.name = name;

  int32_t major = 0;
  int32_t minor = 0;
  result = cuDeviceGetAttribute(&major, kCudaComputeCapabilityMajor, device);
  if (result == kCudaSuccess) result = cuDeviceGetAttribute(&minor, kCudaComputeCapabilityMinor, device);
  if (result != kCudaSuccess) return unavailable("cuDeviceGetAttribute", result);
  out.compute_capability = std::to_string(major) + "." + std::to_string(minor);

  size_t bytes = 0;
  result = cuDeviceTotalMem_v2(&bytes, device);
  if (result != kCudaSuccess) return unavailable("cuDeviceTotalMem", result);
  out.memory_bytes = bytes;
  return {};
}

std::string CudaDriver::describe(CudaResult result) const {
  const char* name = nullptr;
  const char* text = nullptr;
  cuGetErrorName(result, &name);
  cuGetErrorString(result, &text);
  const std::string number = std::to_string(result);
  std::string message = name != nullptr ? std::string(name) + " (" + number + ")" : "CUDA error " + number;
  if (text != nullptr) message += std::string(": ") + text;
  return message;
}

Status CudaDriver::unavailable(const char* function, CudaResult result) const {
  return Status::failed("ENGINERY_DEVICE_UNAVAILABLE", std::string(function) + ": " + describe(result), path);
}

bool is_sticky(CudaResult result) {
  switch (result) {
#define ENGINERY_CUDA_CASE(name, number) case number:
    ENGINERY_CUDA_STICKY_ERRORS(ENGINERY_CUDA_CASE)
#undef ENGINERY_CUDA_CASE
    return true;
    default:
      return false;
  }
}

Status describe_driver(const std::string& path, DriverInfo& out) {
  CudaDriver driver;
  Status status = CudaDriver::load(path, driver);
  if (!status.ok()) return status;

  int32_t version = 0;
  const CudaResult result = driver.cuDriverGetVersion(&version);
  if (result != kCudaSuccess) return driver.unavailable("cuDriverGetVersion", result);
  out.cuda_version = std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);

  int32_t count = 0;
  status = driver.initialise(count);
  if (!status.ok()) return status;

  out.devices.clear();
  for (int32_t ordinal = 0; ordinal < count; ++ordinal) {
    DeviceInfo device;
    status = driver.describe_device(ordinal, device);
    if (!status.ok()) return status;
    out.devices.push_back(std::move(device));
  }
  return {};
}

}  // namespace enginery
