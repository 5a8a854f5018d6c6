// @module-tag emulator
// @module-tag libraries
// Takes the path of the fake driver (fake_cuda.cpp) from the macro ENGINERY_FAKE_CUDA_LIBRARY.
#include "core/cuda_driver.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace enginery {
namespace {

Status describe(const char* behaviour, DriverInfo& out) {
  setenv("ENGINERY_FAKE_CUDA", behaviour, 1);
  return describe_driver(ENGINERY_FAKE_CUDA_LIBRARY, out);
}

TEST(CudaDriver, ListsDevices) {
  DriverInfo info;
  const Status status = describe("two-devices", info);
  ASSERT_TRUE(status.ok()) << status.message;
  EXPECT_EQ(info.cuda_version, "13.1");
  ASSERT_EQ(info.devices.size(), 2u);
  EXPECT_EQ(info.devices[0].name, "Fake GPU A");
  EXPECT_EQ(info.devices[0].compute_capability, "8.9");
  EXPECT_EQ(info.devices[1].compute_capability, "12.0");
  EXPECT_EQ(info.devices[1].memory_bytes, uint64_t{32} << 30);
}

TEST(CudaDriver, SaysWhichStepFailedAndWhy) {
  const struct {
    const char* behaviour;
    const char* message;
  } cases[] = {
      {"no-device", "cuInit: CUDA_ERROR_NO_DEVICE (100): no CUDA-capable device is detected"},
      {"no-device-count", "cuDeviceGetCount: CUDA_ERROR_NO_DEVICE (100): no CUDA-capable device is detected"},
      {"init-error",
       "cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803): system has unsupported display driver / cuda driver "
       "combination"},
      {"device-error", "cuDeviceTotalMem: CUDA_ERROR_UNKNOWN (999): unknown error"},
      {"unknown-error", "cuInit: CUDA error 98765"},
  };
  for (const auto& expected : cases) {
    DriverInfo info;
    const Status status = describe(expected.behaviour, info);
    EXPECT_EQ(status.code, "ENGINERY_DEVICE_UNAVAILABLE") << expected.behaviour;
    EXPECT_EQ(status.message, expected.message);
    EXPECT_EQ(status.subject, ENGINERY_FAKE_CUDA_LIBRARY);
  }
}

TEST(CudaDriver, RefusesWhatIsNoDriver) {
  DriverInfo info;
  const Status absent = describe_driver("/nonexistent/libcuda.so.1", info);
  EXPECT_EQ(absent.code, "ENGINERY_LIBRARY_UNUSABLE");
  const Status other = describe_driver("libm.so.6", info);
  EXPECT_EQ(other.code, "ENGINERY_LIBRARY_UNUSABLE");
  EXPECT_EQ(other.message, "libm.so.6: not a usable CUDA driver: it does not export cuInit");
}

// The fake one has no functions for running models.
TEST(CudaDriver, DescribesWhatCannotRunModels) {
  CudaDriver driver;
  ASSERT_TRUE(CudaDriver::load(ENGINERY_FAKE_CUDA_LIBRARY, driver).ok());
  const Status status = driver.load_execution();
  EXPECT_EQ(status.code, "ENGINERY_LIBRARY_UNUSABLE");
  EXPECT_EQ(status.message,
            ENGINERY_FAKE_CUDA_LIBRARY ": not a usable CUDA driver: it does not export cuDevicePrimaryCtxRetain");
}

}  // namespace
}  // namespace enginery
