// The emulated driver with a current context on device 0. What a test does not take of the reports, or leaves alive,
// fails it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulator/control.h"

namespace enginery {

inline std::string text_of(size_t (*give)(char*, size_t)) {
  std::string text(give(nullptr, 0), '\0');
  give(text.data(), text.size() + 1);
  return text;
}

class Emulator : public ::testing::Test {
 protected:
  void SetUp() override {
    emuSet("reset\ndevices 0\ndevices 2\nlatency copy=0 launch=0\ninline off\nchecks on");
    ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
    ASSERT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
    take_reports();
  }

  void TearDown() override {
    emuSet("reset");
    cuCtxSynchronize();
    for (const CUstream stream : streams_) cuStreamDestroy(stream);
    for (const CUevent event : events_) cuEventDestroy(event);
    for (const CUdeviceptr memory : device_) cuMemFree(memory);
    for (void* memory : pinned_) cuMemFreeHost(memory);
    EXPECT_EQ(cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
    EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
    EXPECT_EQ(take_reports(), "");
    EXPECT_EQ(text_of(emuLive), "");
  }

  CUstream stream() {
    CUstream made = nullptr;
    EXPECT_EQ(cuStreamCreate(&made, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
    streams_.push_back(made);
    return made;
  }

  CUevent event() {
    CUevent made = nullptr;
    EXPECT_EQ(cuEventCreate(&made, CU_EVENT_DEFAULT), CUDA_SUCCESS);
    events_.push_back(made);
    return made;
  }

  CUdeviceptr device(size_t size) {
    CUdeviceptr made = 0;
    EXPECT_EQ(cuMemAlloc(&made, size), CUDA_SUCCESS);
    device_.push_back(made);
    return made;
  }

  unsigned char* pinned(size_t size) {
    void* made = nullptr;
    EXPECT_EQ(cuMemHostAlloc(&made, size, 0), CUDA_SUCCESS);
    pinned_.push_back(made);
    return static_cast<unsigned char*>(made);
  }

  // The test has freed it.
  void forget(CUdeviceptr memory) { std::erase(device_, memory); }
  void forget(CUstream stream) { std::erase(streams_, stream); }
  void forget(CUevent event) { std::erase(events_, event); }
  void forget(void* memory) { std::erase(pinned_, memory); }

  // The reports since the last time.
  std::string take_reports() {
    const std::string all = text_of(emuReports);
    std::string fresh = all.substr(taken_);
    taken_ = all.size();
    return fresh;
  }

  CUcontext context_ = nullptr;

 private:
  size_t taken_ = 0;
  std::vector<CUstream> streams_;
  std::vector<CUevent> events_;
  std::vector<CUdeviceptr> device_;
  std::vector<void*> pinned_;
};

}  // namespace enginery
