// @no-feature tests the emulator, not what runs on it
// Devices, memory, copies, streams and events of the emulated driver, used as they should be.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

#include "emulator_fixture.h"
#include "temporary_folder.h"

namespace enginery {
namespace {

using Driver = Emulator;

TEST_F(Driver, HasTwoDevices) {
  int version = 0;
  EXPECT_EQ(cuDriverGetVersion(&version), CUDA_SUCCESS);
  EXPECT_EQ(version, 13010);
  int count = 0;
  EXPECT_EQ(cuDeviceGetCount(&count), CUDA_SUCCESS);
  EXPECT_EQ(count, 2);
  CUdevice second = -1;
  EXPECT_EQ(cuDeviceGet(&second, 1), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGet(&second, 2), CUDA_ERROR_INVALID_DEVICE);
  char name[64] = {};
  EXPECT_EQ(cuDeviceGetName(name, sizeof name, 1), CUDA_SUCCESS);
  EXPECT_STREQ(name, "Emulated GPU B");
  EXPECT_EQ(cuDeviceGetName(name, 4, 1), CUDA_SUCCESS);
  EXPECT_STREQ(name, "Emu");
  int major = 0;
  EXPECT_EQ(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 1), CUDA_SUCCESS);
  EXPECT_EQ(major, 12);
  EXPECT_EQ(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_MAX, 1), CUDA_ERROR_INVALID_VALUE);
  size_t bytes = 0;
  EXPECT_EQ(cuDeviceTotalMem(&bytes, 1), CUDA_SUCCESS);
  EXPECT_EQ(bytes, size_t{32} << 30);
  CUuuid first_uuid;
  CUuuid second_uuid;
  EXPECT_EQ(cuDeviceGetUuid(&first_uuid, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuDeviceGetUuid(&second_uuid, 1), CUDA_SUCCESS);
  EXPECT_NE(std::memcmp(&first_uuid, &second_uuid, sizeof first_uuid), 0);
}

TEST_F(Driver, IsWhatTheSettingsSay) {
  emuSet("# a comment\ndevice 0 name=\"A small one\" cc=7.5 memory=1MiB\ndriver 12.4");
  char name[64] = {};
  EXPECT_EQ(cuDeviceGetName(name, sizeof name, 0), CUDA_SUCCESS);
  EXPECT_STREQ(name, "A small one");
  int version = 0;
  EXPECT_EQ(cuDriverGetVersion(&version), CUDA_SUCCESS);
  EXPECT_EQ(version, 12040);
  emuSet("devices 0");
  EXPECT_EQ(cuInit(0), CUDA_ERROR_NO_DEVICE);
  emuSet("devices 2\ndriver 13.1\nlatency sometimes");
  EXPECT_EQ(take_reports(), "settings: this line cannot be read: latency sometimes\n");
}

TEST_F(Driver, NamesErrors) {
  const char* text = nullptr;
  EXPECT_EQ(cuGetErrorName(CUDA_ERROR_LAUNCH_FAILED, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "CUDA_ERROR_LAUNCH_FAILED");
  EXPECT_EQ(cuGetErrorString(CUDA_ERROR_LAUNCH_FAILED, &text), CUDA_SUCCESS);
  EXPECT_STREQ(text, "unspecified launch failure");
  EXPECT_EQ(cuGetErrorName(static_cast<CUresult>(98765), &text), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(text, nullptr);
}

TEST_F(Driver, GivesItsFunctionsByName) {
  void* function = nullptr;
  CUdriverProcAddressQueryResult found;
  EXPECT_EQ(cuGetProcAddress("cuMemAlloc", &function, 13010, 0, &found), CUDA_SUCCESS);
  EXPECT_EQ(function, reinterpret_cast<void*>(&cuMemAlloc_v2));
  EXPECT_EQ(cuGetProcAddress("cuNoSuchThing", &function, 13010, 0, &found), CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(found, CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
  EXPECT_EQ(cuGetProcAddress("emuSet", &function, 13010, 0, nullptr), CUDA_ERROR_NOT_FOUND);
}

TEST_F(Driver, SharesOnePrimaryContextPerDevice) {
  CUcontext again = nullptr;
  CUcontext other = nullptr;
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&again, 0), CUDA_SUCCESS);
  EXPECT_EQ(again, context_);
  EXPECT_EQ(cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  EXPECT_NE(other, context_);
  EXPECT_EQ(cuCtxSetCurrent(other), CUDA_SUCCESS);
  CUdevice device = -1;
  EXPECT_EQ(cuCtxGetDevice(&device), CUDA_SUCCESS);
  EXPECT_EQ(device, 1);
  CUcontext current = nullptr;
  std::thread([&] { EXPECT_EQ(cuCtxGetCurrent(&current), CUDA_SUCCESS); }).join();
  EXPECT_EQ(current, nullptr);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(1), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
  EXPECT_EQ(text_of(emuLive), "context 1");
  EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
}

TEST_F(Driver, FillsFreshMemoryWithAPattern) {
  unsigned char* host = pinned(4);
  EXPECT_EQ(host[0], 0xCB);
  const CUdeviceptr memory = device(4);
  EXPECT_EQ(static_cast<unsigned char*>(emuMemory(memory, 4))[3], 0xCB);
}

TEST_F(Driver, CopiesAndFills) {
  const CUstream queue = stream();
  unsigned char* from = pinned(8);
  unsigned char* to = pinned(8);
  const CUdeviceptr first = device(8);
  const CUdeviceptr second = device(8);
  for (unsigned char i = 0; i < 8; ++i) from[i] = i;
  EXPECT_EQ(cuMemcpyHtoDAsync(first, from, 8, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(first + 6, 0xFF, 2, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoDAsync(second, first + 2, 6, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyAsync(second + 6, first, 2, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoHAsync(to, second, 8, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoHAsync(to, second, 0, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
  const unsigned char expected[] = {2, 3, 4, 5, 0xFF, 0xFF, 0, 1};
  EXPECT_EQ(std::memcmp(to, expected, 8), 0);
}

TEST_F(Driver, LimitsTheMemoryOfADevice) {
  emuSet("device 0 memory=1MiB");
  const CUdeviceptr memory = device(1 << 19);
  size_t free = 0;
  size_t total = 0;
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
  EXPECT_EQ(total, size_t{1} << 20);
  EXPECT_EQ(free, size_t{1} << 19);
  CUdeviceptr more = 0;
  EXPECT_EQ(cuMemAlloc(&more, (1 << 19) + 1), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemAlloc(&more, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
  forget(memory);
  device(1 << 20);
}

TEST_F(Driver, PoolsMemoryInTheOrderOfStreams) {
  emuSet("device 0 memory=1MiB");
  CUmemoryPool pool = nullptr;
  EXPECT_EQ(cuDeviceGetDefaultMemPool(&pool, 0), CUDA_SUCCESS);
  cuuint64_t keep = UINT64_MAX;
  EXPECT_EQ(cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep), CUDA_SUCCESS);
  const CUstream queue = stream();
  CUdeviceptr memory = 0;
  CUdeviceptr more = 0;
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(cuMemAllocAsync(&memory, 1 << 20, queue), CUDA_SUCCESS);
    EXPECT_EQ(cuMemAllocAsync(&more, 1, queue), CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(cuMemsetD8Async(memory, 0, 1 << 20, queue), CUDA_SUCCESS);
    EXPECT_EQ(cuMemFreeAsync(memory, queue), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
  }
  size_t free = 1;
  size_t total = 0;
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
  EXPECT_EQ(free, 0u);
  EXPECT_EQ(cuMemAlloc(&more, 1), CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(cuMemPoolTrimTo(pool, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
  EXPECT_EQ(free, total);
}

TEST_F(Driver, KnowsWhatAPointerIs) {
  const CUdeviceptr memory = device(64);
  unsigned char* host = pinned(64);
  unsigned int type = 0;
  EXPECT_EQ(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, memory + 8), CUDA_SUCCESS);
  EXPECT_EQ(type, CU_MEMORYTYPE_DEVICE);
  CUdeviceptr start = 0;
  EXPECT_EQ(cuPointerGetAttribute(&start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, memory + 8), CUDA_SUCCESS);
  EXPECT_EQ(start, memory);
  CUdeviceptr mapped = 0;
  EXPECT_EQ(cuMemHostGetDevicePointer(&mapped, host, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, mapped), CUDA_SUCCESS);
  EXPECT_EQ(type, CU_MEMORYTYPE_HOST);
  EXPECT_EQ(emuMemory(mapped, 64), host);
  EXPECT_EQ(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, 4096), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cuMemHostGetDevicePointer(&mapped, &type, 0), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(Driver, WorksAsynchronously) {
  emuSet("hang copy 1");
  const CUstream queue = stream();
  const CUevent done = event();
  EXPECT_EQ(cuEventQuery(done), CUDA_SUCCESS);  // never recorded
  EXPECT_EQ(cuMemsetD8Async(device(8), 1, 8, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(done, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamQuery(queue), CUDA_ERROR_NOT_READY);
  EXPECT_EQ(cuEventQuery(done), CUDA_ERROR_NOT_READY);
  emuSet("reset");
  EXPECT_EQ(cuEventSynchronize(done), CUDA_SUCCESS);
  EXPECT_EQ(cuEventQuery(done), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamQuery(queue), CUDA_SUCCESS);
}

TEST_F(Driver, WorksAtOnceWhereInline) {
  emuSet("inline on");
  const CUstream queue = stream();
  std::thread::id ran;
  EXPECT_EQ(cuLaunchHostFunc(
                queue, [](void* data) { *static_cast<std::thread::id*>(data) = std::this_thread::get_id(); }, &ran),
            CUDA_SUCCESS);
  EXPECT_EQ(ran, std::this_thread::get_id());
  EXPECT_EQ(cuStreamQuery(queue), CUDA_SUCCESS);
}

TEST_F(Driver, MeasuresTimeBetweenEvents) {
  emuSet("latency copy=5ms\nhang copy 1");
  const CUstream queue = stream();
  const CUevent start = event();
  const CUevent end = event();
  float time = 0;
  EXPECT_EQ(cuEventElapsedTime(&time, start, end), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cuEventRecord(start, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(device(8), 1, 8, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(end, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&time, start, end), CUDA_ERROR_NOT_READY);
  emuSet("reset");
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_EQ(cuEventElapsedTime(&time, start, end), CUDA_SUCCESS);
  EXPECT_GE(time, 5.0f);
}

TEST_F(Driver, LaunchesInOrderAndReleasesOnce) {
  struct Steps {
    CUdeviceptr memory;
    std::atomic<int> released{0};
  } steps{device(4), {}};
  const CUstream queue = stream();
  const auto add_one = [](void* data) {
    ++static_cast<unsigned char*>(emuMemory(static_cast<Steps*>(data)->memory, 4))[0];
  };
  const auto release = [](void* data) { ++static_cast<Steps*>(data)->released; };
  unsigned char* result = pinned(4);
  EXPECT_EQ(cuMemsetD8Async(steps.memory, 1, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(queue, "add one", add_one, &steps, release), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(queue, "add one", add_one, &steps, release), CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoHAsync(result, steps.memory, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
  EXPECT_EQ(result[0], 3);
  EXPECT_EQ(steps.released, 2);
}

using DriverDeathTest = Emulator;

TEST_F(DriverDeathTest, DeviceMemoryIsNoneOfTheHosts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const CUdeviceptr memory = device(4);
  EXPECT_DEATH(std::printf("%d", *reinterpret_cast<volatile char*>(memory)), "");
}

TEST_F(DriverDeathTest, CrashesWherePlanned) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  emuSet("crash cuStreamCreate 1");
  CUstream made = nullptr;
  EXPECT_DEATH(cuStreamCreate(&made, CU_STREAM_NON_BLOCKING), "");
}

// Before any call of the driver: each runs in a process of its own.
TEST(FreshDriverDeathTest, MustBeInitialised) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  int count = 0;
  EXPECT_EXIT(std::_Exit(cuDeviceGetCount(&count)), testing::ExitedWithCode(CUDA_ERROR_NOT_INITIALIZED), "");
}

TEST(FreshDriverDeathTest, ReadsItsSettingsFromAFile) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const test::TemporaryFolder folder;
  const std::string settings = folder.path / "settings";
  std::ofstream(settings) << "fail cuInit 1 803\n";
  setenv("ENGINERY_EMULATOR", settings.c_str(), 1);
  EXPECT_EXIT(std::_Exit(cuInit(0) == CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ? 7 : 1), testing::ExitedWithCode(7), "");
  unsetenv("ENGINERY_EMULATOR");
}

}  // namespace
}  // namespace enginery
