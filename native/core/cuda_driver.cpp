#include "core/cuda_driver.h"

namespace enginery {
namespace {

template <typename Function>
bool fill(const SharedLibrary& library, const char* name, Function& slot, std::string& missing) {
  slot = library.function<Function>(name);
  if (slot != nullptr) return true;
  missing = name;
  return false;
}

Status unavailable(const CudaDriver& driver, const char* function, CudaResult result, const std::string& path) {
  return Status::failed("ENGINERY_DEVICE_UNAVAILABLE", std::string(function) + ": " + driver.describe(result), path);
}

Status describe_device(const CudaDriver& driver, int32_t ordinal, const std::string& path, DeviceInfo& out) {
  CudaDevice device = 0;
  CudaResult result = driver.cuDeviceGet(&device, ordinal);
  if (result != kCudaSuccess) return unavailable(driver, "cuDeviceGet", result, path);

  char name[256] = {};
  result = driver.cuDeviceGetName(name, sizeof name, device);
  if (result != kCudaSuccess) return unavailable(driver, "cuDeviceGetName", result, path);
  name[sizeof name - 1] = '\0';
  out.name = name;

  int32_t major = 0;
  int32_t minor = 0;
  result = driver.cuDeviceGetAttribute(&major, kCudaComputeCapabilityMajor, device);
  if (result == kCudaSuccess) result = driver.cuDeviceGetAttribute(&minor, kCudaComputeCapabilityMinor, device);
  if (result != kCudaSuccess) return unavailable(driver, "cuDeviceGetAttribute", result, path);
  out.compute_capability = std::to_string(major) + "." + std::to_string(minor);

  size_t bytes = 0;
  result = driver.cuDeviceTotalMem_v2(&bytes, device);
  if (result != kCudaSuccess) return unavailable(driver, "cuDeviceTotalMem", result, path);
  out.memory_bytes = bytes;
  return {};
}

}  // namespace

Status CudaDriver::load(const std::string& path, CudaDriver& out) {
  Status status = SharedLibrary::open(path, out.library);
  if (!status.ok()) return status;

  std::string missing;
  const SharedLibrary& library = out.library;
  const bool complete = fill(library, "cuInit", out.cuInit, missing) &&
                        fill(library, "cuDriverGetVersion", out.cuDriverGetVersion, missing) &&
                        fill(library, "cuDeviceGetCount", out.cuDeviceGetCount, missing) &&
                        fill(library, "cuDeviceGet", out.cuDeviceGet, missing) &&
                        fill(library, "cuDeviceGetName", out.cuDeviceGetName, missing) &&
                        fill(library, "cuDeviceGetAttribute", out.cuDeviceGetAttribute, missing) &&
                        fill(library, "cuDeviceTotalMem_v2", out.cuDeviceTotalMem_v2, missing) &&
                        fill(library, "cuGetErrorName", out.cuGetErrorName, missing) &&
                        fill(library, "cuGetErrorString", out.cuGetErrorString, missing);
  if (complete) return {};
  return Status::failed("ENGINERY_LIBRARY_UNUSABLE", path + ": not a usable CUDA driver: it does not export " + missing,
                        path);
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

Status describe_driver(const std::string& path, DriverInfo& out) {
  CudaDriver driver;
  Status status = CudaDriver::load(path, driver);
  if (!status.ok()) return status;

  int32_t version = 0;
  CudaResult result = driver.cuDriverGetVersion(&version);
  if (result != kCudaSuccess) return unavailable(driver, "cuDriverGetVersion", result, path);
  out.cuda_version = std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);

  result = driver.cuInit(0);
  if (result != kCudaSuccess) return unavailable(driver, "cuInit", result, path);

  int32_t count = 0;
  result = driver.cuDeviceGetCount(&count);
  if (result == kCudaSuccess && count == 0) result = kCudaNoDevice;
  if (result != kCudaSuccess) return unavailable(driver, "cuDeviceGetCount", result, path);

  out.devices.clear();
  for (int32_t ordinal = 0; ordinal < count; ++ordinal) {
    DeviceInfo device;
    status = describe_device(driver, ordinal, path, device);
    if (!status.ok()) return status;
    out.devices.push_back(std::move(device));
  }
  return {};
}

}  // namespace enginery
