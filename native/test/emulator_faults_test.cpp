// @no-feature tests the emulator, not what runs on it
// The emulated driver misbehaves as planned, and a lost device stays lost.
#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "emulator_fixture.h"
#include "temporary_folder.h"

namespace enginery {
namespace {

using Faults = Emulator;

TEST_F(Faults, FailTheCallThatIsPlanned) {
  emuSet("fail cuMemAlloc 2 2\nfail cuMemGetInfo_v2 * 999\nfail cuCtxSynchronize 1 98765");
  EXPECT_EQ(static_cast<int>(cuCtxSynchronize()), 98765);
  device(4);
  CUdeviceptr memory = 0;
  EXPECT_EQ(cuMemAlloc(&memory, 4), CUDA_ERROR_OUT_OF_MEMORY);
  device(4);
  size_t free = 0;
  size_t total = 0;
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_ERROR_UNKNOWN);
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_ERROR_UNKNOWN);
  emuSet("reset\nfail cuMemAlloc 2 2");
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
  device(4);
  EXPECT_EQ(cuMemAlloc(&memory, 4), CUDA_ERROR_OUT_OF_MEMORY);
}

TEST_F(Faults, LeaveAnErrorWithoutAName) {
  emuSet("fail cuGetErrorName 1 1\nfail cuGetErrorString 1 1");
  const char* name = nullptr;
  EXPECT_EQ(cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, &name), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuGetErrorString(CUDA_ERROR_OUT_OF_MEMORY, &name), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(name, nullptr);
  EXPECT_EQ(cuGetErrorName(CUDA_ERROR_OUT_OF_MEMORY, &name), CUDA_SUCCESS);
}

TEST_F(Faults, IgnoreCallsOfOtherLibrariesOnly) {
  emuSet("ignore IBuilderConfig::setFlag 1");
  EXPECT_EQ(emuFault("IBuilderConfig::setFlag"), EMU_IGNORE);
  emuSet("ignore cuMemAlloc 1");
  EXPECT_EQ(take_reports(), "settings: this line cannot be read: ignore cuMemAlloc 1\n");
}

TEST_F(Faults, ServeOtherLibraries) {
  emuSet("fail IExecutionContext::enqueueV3 2 1");
  EXPECT_EQ(emuFault("IExecutionContext::enqueueV3"), 0);
  EXPECT_EQ(emuFault("IExecutionContext::enqueueV3"), 1);
  EXPECT_EQ(emuFault("IExecutionContext::enqueueV3"), 0);
}

TEST_F(Faults, DelayCalls) {
  emuSet("delay cuStreamCreate 1 20ms");
  const auto start = std::chrono::steady_clock::now();
  stream();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(20));
}

TEST_F(Faults, HangUntilReset) {
  emuSet("hang cuEventSynchronize 1");
  const CUevent waited = event();
  std::atomic<bool> returned{false};
  std::thread caller([&] {
    cuCtxSetCurrent(context_);
    EXPECT_EQ(cuEventSynchronize(waited), CUDA_SUCCESS);
    returned = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(returned);
  emuSet("reset");
  caller.join();
  EXPECT_TRUE(returned);
}

TEST_F(Faults, LetWorkHang) {
  emuSet("hang copy 1");
  const CUstream queue = stream();
  EXPECT_EQ(cuMemsetD8Async(device(4), 1, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamQuery(queue), CUDA_ERROR_NOT_READY);
  emuSet("reset");
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
}

TEST_F(Faults, StickyErrorsStay) {
  emuSet("fail cuStreamQuery 1 700");
  const CUstream queue = stream();
  const CUdeviceptr memory = device(4);
  EXPECT_EQ(cuStreamQuery(queue), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, queue), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuMemFree(memory), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuStreamDestroy(queue), CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_ERROR_ILLEGAL_ADDRESS);

  // Another device lives, and so does a new context of this one.
  CUcontext other = nullptr;
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(other), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(1), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_EQ(text_of(emuLive), "");
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&context_, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  forget(queue);
  forget(memory);
}

TEST_F(Faults, WorkLosesTheDeviceLater) {
  emuSet("fail launch 1 719");
  const CUstream queue = stream();
  std::atomic<bool> enqueued{false};
  const auto wait = [](void* data) {
    while (!*static_cast<std::atomic<bool>*>(data)) std::this_thread::yield();
  };
  EXPECT_EQ(cuLaunchHostFunc(queue, wait, &enqueued), CUDA_SUCCESS);
  std::atomic<int> ran{0};
  std::atomic<int> released{0};
  struct Counters {
    std::atomic<int>& ran;
    std::atomic<int>& released;
  } counters{ran, released};
  const auto run = [](void* data) { ++static_cast<Counters*>(data)->ran; };
  const auto release = [](void* data) { ++static_cast<Counters*>(data)->released; };
  EXPECT_EQ(emuLaunch(queue, "lost", run, &counters, release), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(queue, "dropped", run, &counters, release), CUDA_SUCCESS);
  EXPECT_EQ(cuLaunchHostFunc(queue, run, &counters), CUDA_SUCCESS);
  enqueued = true;
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(cuStreamQuery(queue), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(emuLaunch(queue, "refused", run, &counters, release), CUDA_ERROR_LAUNCH_FAILED);
  while (released < 3) std::this_thread::yield();
  EXPECT_EQ(ran, 0);
}

// What an executor has for one run at a time.
struct Slot {
  CUstream queue;
  CUevent done;
  CUdeviceptr memory;
  unsigned char* host;
};

// Copies in, adds one, copies out and waits, until something fails.
CUresult run(const Slot& slot, CUcontext context, int rounds) {
  const auto add_one = [](void* data) {
    ++*static_cast<unsigned char*>(emuMemory(reinterpret_cast<CUdeviceptr>(data), 64));
  };
  CUresult status = cuCtxSetCurrent(context);
  for (int round = 0; round < rounds && !status; ++round) {
    slot.host[0] = static_cast<unsigned char>(round);
    status = cuMemcpyHtoDAsync(slot.memory, slot.host, 64, slot.queue);
    if (!status) status = emuLaunch(slot.queue, "add one", add_one, reinterpret_cast<void*>(slot.memory), nullptr);
    if (!status) status = cuMemcpyDtoHAsync(slot.host, slot.memory, 64, slot.queue);
    if (!status) status = cuEventRecord(slot.done, slot.queue);
    if (!status) status = cuEventSynchronize(slot.done);
    if (!status && slot.host[0] != static_cast<unsigned char>(round + 1)) status = CUDA_ERROR_UNKNOWN;
  }
  return status;
}

TEST_F(Faults, LoseTheDeviceUnderManyThreads) {
  std::vector<Slot> slots;
  for (int i = 0; i < 4; ++i) slots.push_back({stream(), event(), device(64), pinned(64)});
  const auto run_all = [&](CUresult expected) {
    std::vector<std::thread> threads;
    for (const Slot& slot : slots) {
      threads.emplace_back([&, expected] { EXPECT_EQ(run(slot, context_, 100), expected); });
    }
    for (std::thread& thread : threads) thread.join();
  };
  run_all(CUDA_SUCCESS);
  emuSet("fail launch 100 719");
  run_all(CUDA_ERROR_LAUNCH_FAILED);
}

TEST_F(Faults, ReportsGoToAFileAsWell) {
  const test::TemporaryFolder folder;
  const std::string file = folder.path / "reports";
  emuSet(("report " + file).c_str());
  emuReport("a rule was broken");
  emuSet("report /dev/null");
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(), "a rule was broken\n");
  EXPECT_EQ(take_reports(), "a rule was broken\n");
}

}  // namespace
}  // namespace enginery
