// @no-feature tests the emulator, not what runs on it
// Mistakes are planted, and the emulated driver finds them; what is right is not reported.
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "emulator_fixture.h"

namespace enginery {
namespace {

class Reports : public Emulator {
 protected:
  // Whether there is exactly one new report, and it has these words.
  void expect_report(const std::string& words) {
    const std::string found = take_reports();
    EXPECT_NE(found.find(words), std::string::npos) << "found: " << found;
    EXPECT_EQ(found.find('\n'), found.size() - 1) << "found: " << found;
  }

  // Work that adds one to the first byte at the address that data points to.
  static void add_one(void* data) {
    void* memory = emuMemory(*static_cast<CUdeviceptr*>(data), 4);
    if (memory != nullptr) ++*static_cast<unsigned char*>(memory);
  }

  static void read_only(void* data) { emuMemory(*static_cast<CUdeviceptr*>(data), 4); }
};

TEST_F(Reports, ContextThatIsNotCurrent) {
  std::thread([] {
    CUdeviceptr memory = 0;
    EXPECT_EQ(cuMemAlloc(&memory, 4), CUDA_ERROR_INVALID_CONTEXT);
  }).join();
  expect_report("cuMemAlloc: no context is current");
}

TEST_F(Reports, ContextOfAnotherDevice) {
  const CUstream queue = stream();
  const CUdeviceptr memory = device(4);
  CUcontext other = nullptr;
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(other), CUDA_SUCCESS);
  CUdeviceptr address = memory;
  EXPECT_EQ(emuLaunch(queue, "add one", add_one, &address, nullptr), CUDA_ERROR_INVALID_HANDLE);
  expect_report(" is of device 0, the current context of device 1");
  EXPECT_EQ(emuMemory(memory, 4), nullptr);
  expect_report("belongs to device 0, the work to device 1");
  EXPECT_EQ(cuDevicePrimaryCtxRelease(1), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree(memory), CUDA_ERROR_CONTEXT_IS_DESTROYED);
  expect_report("cuMemFree: context ");
  EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

TEST_F(Reports, ContextThatGoesWithLiveObjects) {
  CUcontext other = nullptr;
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(other), CUDA_SUCCESS);
  CUdeviceptr memory = 0;
  EXPECT_EQ(cuMemAlloc(&memory, 4), CUDA_SUCCESS);
  EXPECT_EQ(text_of(emuLive), "context 2, device memory 1");
  EXPECT_EQ(cuDevicePrimaryCtxRelease(1), CUDA_SUCCESS);
  expect_report("cuDevicePrimaryCtxRelease: the context is destroyed with this still live in it: memory 1");
  EXPECT_EQ(cuDevicePrimaryCtxRelease(1), CUDA_ERROR_INVALID_CONTEXT);
  expect_report("released more often");
  EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

TEST_F(Reports, WorkOnTheDefaultStream) {
  EXPECT_EQ(cuMemsetD8Async(device(4), 0, 4, nullptr), CUDA_SUCCESS);
  expect_report("cuMemsetD8Async: work on the default stream");
}

TEST_F(Reports, MemoryThatIsNotPinned) {
  const CUstream queue = stream();
  const CUdeviceptr memory = device(4);
  std::vector<unsigned char> host{1, 2, 3, 4};
  EXPECT_EQ(cuMemcpyHtoDAsync(memory, host.data(), 4, queue), CUDA_SUCCESS);
  expect_report("cuMemcpyHtoDAsync: copies from or to host memory that is not pinned");
  host = {0, 0, 0, 0};
  EXPECT_EQ(cuMemcpyDtoHAsync(host.data(), memory, 4, queue), CUDA_SUCCESS);
  expect_report("cuMemcpyDtoHAsync: copies from or to host memory that is not pinned");
  EXPECT_EQ(host[3], 4);
}

TEST_F(Reports, CopiesOutOfBounds) {
  const CUstream queue = stream();
  const CUdeviceptr memory = device(4);
  unsigned char* host = pinned(8);
  EXPECT_EQ(cuMemcpyHtoDAsync(memory, host, 8, queue), CUDA_ERROR_INVALID_VALUE);
  expect_report("cuMemcpyHtoDAsync: 8 bytes from");
  EXPECT_EQ(cuMemcpyDtoHAsync(host + 6, memory, 4, queue), CUDA_ERROR_INVALID_VALUE);
  expect_report("run past the end of pinned memory");
  EXPECT_EQ(cuMemcpyDtoHAsync(host, memory + 4, 4, queue), CUDA_ERROR_INVALID_VALUE);
  expect_report("lies in no live allocation");
}

TEST_F(Reports, MemoryFreedTwice) {
  const CUdeviceptr memory = device(4);
  unsigned char* host = pinned(4);
  EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree(memory), CUDA_ERROR_INVALID_VALUE);
  expect_report("cuMemFree: frees what is not the start of live device memory");
  EXPECT_EQ(cuMemFreeHost(host + 1), CUDA_ERROR_INVALID_VALUE);
  expect_report("cuMemFreeHost: frees what is not the start of live pinned memory");
  forget(memory);
}

TEST_F(Reports, MemoryFreedInUse) {
  const CUstream queue = stream();
  const CUdeviceptr memory = device(4);
  unsigned char* host = pinned(4);
  EXPECT_EQ(cuMemcpyHtoDAsync(memory, host, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
  expect_report("is freed while cuMemcpyHtoDAsync (operation 1 of stream ");
  EXPECT_EQ(cuMemFreeHost(host), CUDA_SUCCESS);
  expect_report("cuMemFreeHost: pinned memory");
  forget(memory);
  forget(host);
}

TEST_F(Reports, MemoryUsedAfterFreeInTheOrderOfStreams) {
  const CUstream queue = stream();
  CUdeviceptr memory = 0;
  EXPECT_EQ(cuMemAllocAsync(&memory, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(memory, 0, 4, stream()), CUDA_SUCCESS);
  expect_report("cuMemsetD8Async (operation 1 of stream");
  EXPECT_EQ(cuMemFreeAsync(memory, queue), CUDA_SUCCESS);
  expect_report("cuMemFreeAsync: device memory");
  EXPECT_EQ(cuMemsetD8Async(memory, 0, 4, queue), CUDA_ERROR_INVALID_VALUE);
  const std::string found = take_reports();  // whether the free has had its turn is the stream's business
  EXPECT_TRUE(found.find("after cuMemFreeAsync") != std::string::npos || found.find("no live") != std::string::npos);
}

TEST_F(Reports, NothingOfWorkThatComesBeforeTheFree) {
  const CUstream queue = stream();
  std::atomic<bool> freed{false};
  const auto wait = [](void* data) {
    while (!*static_cast<std::atomic<bool>*>(data)) std::this_thread::yield();
  };
  CUdeviceptr memory = 0;
  EXPECT_EQ(cuMemAllocAsync(&memory, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchHostFunc(queue, wait, &freed), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(queue, "add one", add_one, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFreeAsync(memory, queue), CUDA_SUCCESS);
  freed = true;
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
}

TEST_F(Reports, ObjectsDestroyedInUse) {
  const CUstream queue = stream();
  const CUevent done = event();
  EXPECT_EQ(cuMemsetD8Async(device(4), 0, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(done, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuEventDestroy(done), CUDA_SUCCESS);
  expect_report("is destroyed while it may not have been reached");
  EXPECT_EQ(cuEventRecord(done, queue), CUDA_ERROR_INVALID_HANDLE);
  expect_report("was destroyed");
  EXPECT_EQ(cuStreamDestroy(queue), CUDA_SUCCESS);
  expect_report("is destroyed while its work may not be over");
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_ERROR_INVALID_HANDLE);
  expect_report("was destroyed");
  EXPECT_EQ(cuStreamSynchronize(reinterpret_cast<CUstream>(this)), CUDA_ERROR_INVALID_HANDLE);
  expect_report("the handle is that of no stream");
  forget(queue);
  forget(done);
}

TEST_F(Reports, CallsInHostFunctions) {
  const CUstream queue = stream();
  EXPECT_EQ(cuLaunchHostFunc(
                queue, [](void*) { EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_NOT_PERMITTED); }, nullptr),
            CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
  expect_report("cuCtxSynchronize: called in a host function");
}

TEST_F(Reports, CopiesThatNothingOrders) {
  emuSet("inline on");  // the bytes are safe, the order is still said by nothing
  const CUstream writer = stream();
  const CUstream reader = stream();
  const CUdeviceptr memory = device(4);
  unsigned char* host = pinned(8);
  EXPECT_EQ(cuMemcpyHtoDAsync(memory, host, 4, writer), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoHAsync(host + 4, memory, 4, reader), CUDA_SUCCESS);
  expect_report(" reads memory that cuMemcpyHtoDAsync (operation 1 of stream");
}

TEST_F(Reports, NothingThatAnEventOrders) {
  emuSet("latency copy=1ms");
  const CUstream writer = stream();
  const CUstream reader = stream();
  const CUevent written = event();
  const CUevent read = event();
  const CUdeviceptr memory = device(4);
  unsigned char* host = pinned(8);
  for (unsigned char round = 0; round < 3; ++round) {
    std::memset(host, round, 4);
    EXPECT_EQ(cuMemcpyHtoDAsync(memory, host, 4, writer), CUDA_SUCCESS);
    EXPECT_EQ(cuEventRecord(written, writer), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamWaitEvent(reader, written, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuMemcpyDtoHAsync(host + 4, memory, 4, reader), CUDA_SUCCESS);
    EXPECT_EQ(cuEventRecord(read, reader), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamWaitEvent(writer, read, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuEventSynchronize(read), CUDA_SUCCESS);
    EXPECT_EQ(host[4], round);
  }
}

TEST_F(Reports, NothingThatTheHostOrders) {
  const CUdeviceptr memory = device(4);
  const CUstream first = stream();
  const CUstream second = stream();
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, first), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(first), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(memory, 2, 4, second), CUDA_SUCCESS);
  std::atomic<bool> reached{false};
  EXPECT_EQ(cuLaunchHostFunc(
                second, [](void* data) { *static_cast<std::atomic<bool>*>(data) = true; }, &reached),
            CUDA_SUCCESS);
  while (!reached) std::this_thread::yield();
  EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
  forget(memory);
}

TEST_F(Reports, WhatLaunchesWriteAndRead) {
  emuSet("inline on");
  const CUstream first = stream();
  const CUstream second = stream();
  const CUevent done = event();
  CUdeviceptr memory = device(4);
  EXPECT_EQ(cuMemsetD8Async(memory, 0, 4, first), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(first, "add one", add_one, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(done, first), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(second, done, 0), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(first, "read", read_only, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(second, "read", read_only, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(take_reports(), "");

  EXPECT_EQ(emuLaunch(first, "add one", add_one, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(second, "read", read_only, &memory, nullptr), CUDA_SUCCESS);
  expect_report(" reads memory that add one (operation 5 of stream");
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(second, "read", read_only, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(first, "add one", add_one, &memory, nullptr), CUDA_SUCCESS);
  expect_report(" writes memory that read (operation 4 of stream");
}

TEST_F(Reports, LaunchesThatUseFreedMemory) {
  emuSet("hang launch 1");
  const CUstream queue = stream();
  CUdeviceptr memory = device(4);
  EXPECT_EQ(emuLaunch(queue, "add one", add_one, &memory, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
  emuSet("reset");
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
  expect_report("add one: 0x");
  forget(memory);
}

}  // namespace
}  // namespace enginery
