// Devices over the emulated driver. A test that breaks CUDA's rules, leaves anything alive or a context current fails.
//
// Takes the path of the emulated driver from the macro ENGINERY_EMULATED_CUDA; the test is linked with it as well.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/cuda_device.h"
#include "emulator_fixture.h"

namespace enginery {

constexpr size_t kMiB = size_t{1} << 20;
using Device = std::shared_ptr<CudaDevice>;
using Memory = std::shared_ptr<void>;

inline Device open(int32_t ordinal) {
  Device device;
  const Status status = CudaDevice::open(ENGINERY_EMULATED_CUDA, ordinal, device);
  EXPECT_TRUE(status.ok()) << status.message;
  return device;
}

inline CUcontext current() {
  CUcontext context = nullptr;
  EXPECT_EQ(cuCtxGetCurrent(&context), CUDA_SUCCESS);
  return context;
}

class CudaDeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    emuSet("reset\ndevices 0\ndevices 2\nlatency copy=0 launch=0\ninline off\nchecks on");
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    take_reports();
  }

  void TearDown() override {
    emuSet("reset");
    EXPECT_EQ(current(), nullptr) << "a context was left behind";
    EXPECT_EQ(text_of(emuLive), "");
    EXPECT_EQ(take_reports(), "");
  }

  // The reports since the last time.
  std::string take_reports() {
    const std::string all = text_of(emuReports);
    std::string fresh = all.substr(taken_);
    taken_ = all.size();
    return fresh;
  }

 private:
  size_t taken_ = 0;
};

}  // namespace enginery
