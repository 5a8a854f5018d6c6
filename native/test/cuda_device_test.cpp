// @module-tag emulator
// @module-tag memory
// @module-tag streams
// Devices, their contexts and their memory, over the emulated driver.
#include <thread>

#include "core/cuda_event.h"
#include "core/cuda_stream.h"
#include "emulated_device_fixture.h"

namespace enginery {
namespace {

TEST_F(CudaDeviceTest, OpensOnceForAll) {
  Device first = open(0);
  Device second = open(0);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first->ordinal(), 0);
  EXPECT_EQ(first->info().name, "Emulated GPU A");
  EXPECT_EQ(first->info().compute_capability, "8.9");
  EXPECT_EQ(text_of(emuLive), "context 1");
  first.reset();
  EXPECT_EQ(text_of(emuLive), "context 1");
  second.reset();
  EXPECT_EQ(text_of(emuLive), "");
  EXPECT_NE(open(0), nullptr);
}

TEST_F(CudaDeviceTest, RefusesWhatIsNotThere) {
  Device device;
  const Status status = CudaDevice::open(ENGINERY_EMULATED_CUDA, 2, device);
  EXPECT_EQ(status.code, "ENGINERY_DEVICE_UNAVAILABLE");
  EXPECT_EQ(status.message, "There is no GPU 2: the driver sees 2, counted from 0");
  EXPECT_EQ(CudaDevice::open(ENGINERY_EMULATED_CUDA, -1, device).code, "ENGINERY_DEVICE_UNAVAILABLE");
  EXPECT_EQ(device, nullptr);
}

TEST_F(CudaDeviceTest, LeavesThreadsTheContextTheyHad) {
  const Device first = open(0);
  const Device second = open(1);
  EXPECT_EQ(text_of(emuLive), "context 2");
  {
    CudaDevice::Entered in_first;
    ASSERT_TRUE(first->enter(in_first).ok());
    const CUcontext context = current();
    EXPECT_NE(context, nullptr);
    {
      CudaDevice::Entered in_second;
      ASSERT_TRUE(second->enter(in_second).ok());
      EXPECT_NE(current(), context);
      CudaDevice::Entered again;
      ASSERT_TRUE(first->enter(again).ok());
      EXPECT_EQ(current(), context);
    }
    EXPECT_EQ(current(), context);
  }
  EXPECT_EQ(current(), nullptr);
}

TEST_F(CudaDeviceTest, UsesMemoryAgain) {
  Device device = open(0);
  Memory memory;
  Memory pinned;
  {
    CudaDevice::Entered entered;
    ASSERT_TRUE(device->enter(entered).ok());
    ASSERT_TRUE(device->allocate(1000, memory).ok());
    ASSERT_TRUE(device->allocate_pinned(5000, pinned).ok());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.get()) % 256, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pinned.get()) % 256, 0u);
    EXPECT_EQ(device->usage().device_bytes, 1024u);
    EXPECT_EQ(device->usage().pinned_bytes, 5120u);

    const void* const before = memory.get();
    memory.reset();
    EXPECT_EQ(device->usage().device_bytes, 0u);
    EXPECT_EQ(device->usage().kept_device_bytes, 1024u);
    emuSet("fail cuMemAlloc * 999");
    ASSERT_TRUE(device->allocate(900, memory).ok());
    EXPECT_EQ(memory.get(), before);
    EXPECT_EQ(device->usage().kept_device_bytes, 0u);
  }
  device.reset();
  EXPECT_NE(text_of(emuLive), "") << "memory keeps its device open";
  memory.reset();
  pinned.reset();
  EXPECT_EQ(text_of(emuLive), "") << "what is kept goes with the device";
}

TEST_F(CudaDeviceTest, KeepsNoMoreThanItsLimit) {
  emuSet("checks off");  // nor is the memory filled
  const Device device = open(0);
  CudaDevice::Entered entered;
  ASSERT_TRUE(device->enter(entered).ok());
  Memory first, second, large;
  ASSERT_TRUE(device->allocate(200 * kMiB, first).ok());
  ASSERT_TRUE(device->allocate(100 * kMiB, second).ok());
  ASSERT_TRUE(device->allocate(300 * kMiB, large).ok());
  first.reset();
  EXPECT_EQ(device->usage().kept_device_bytes, 208 * kMiB);
  second.reset();
  EXPECT_EQ(device->usage().kept_device_bytes, 104 * kMiB);
  large.reset();
  EXPECT_EQ(device->usage().kept_device_bytes, 104 * kMiB);
  size_t free = 0;
  size_t total = 0;
  EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
  EXPECT_EQ(total - free, 104 * kMiB);
}

TEST_F(CudaDeviceTest, EmptiesThePoolBeforeItGivesUp) {
  emuSet("device 0 memory=8MiB");
  const Device device = open(0);
  CudaDevice::Entered entered;
  ASSERT_TRUE(device->enter(entered).ok());
  Memory memory;
  Memory more;
  ASSERT_TRUE(device->allocate(5 * kMiB, memory).ok());
  memory.reset();
  ASSERT_TRUE(device->allocate(6 * kMiB, memory).ok());
  EXPECT_EQ(device->usage().kept_device_bytes, 0u);

  emuSet("fail cuMemAlloc 1 999");  // not asked for more than there is
  const Status status = device->allocate(5 * kMiB / 2 + 1, more);
  EXPECT_EQ(status.code, "ENGINERY_DEVICE_MEMORY");
  EXPECT_EQ(status.message, "GPU 0 (Emulated GPU A) has too little memory: 3 MiB needed, 2 MiB free of 8 MiB");
  EXPECT_EQ(device->allocate(SIZE_MAX, more).code, "ENGINERY_DEVICE_MEMORY");

  memory.reset();
  emuSet("reset\nfail cuMemAlloc 1 2");
  ASSERT_TRUE(device->allocate(kMiB, more).ok()) << "what is kept was freed, and the driver asked again";
  EXPECT_EQ(device->usage().kept_device_bytes, 0u);
  EXPECT_EQ(device->usage().device_bytes, kMiB);
  emuSet("reset\nfail cuMemAlloc * 2");
  EXPECT_EQ(device->allocate(2 * kMiB, memory).code, "ENGINERY_DEVICE_MEMORY");
  EXPECT_EQ(memory, nullptr);
  EXPECT_FALSE(device->lost());
}

TEST_F(CudaDeviceTest, SaysWhenThereIsNoPinnedMemory) {
  const Device device = open(0);
  CudaDevice::Entered entered;
  ASSERT_TRUE(device->enter(entered).ok());
  Memory memory;
  ASSERT_TRUE(device->allocate_pinned(kMiB, memory).ok());
  memory.reset();
  emuSet("fail cuMemHostAlloc 1 2");
  ASSERT_TRUE(device->allocate_pinned(2 * kMiB, memory).ok());
  EXPECT_EQ(device->usage().kept_pinned_bytes, 0u);
  emuSet("reset\nfail cuMemHostAlloc * 2");
  Memory more;
  const Status status = device->allocate_pinned(3 * kMiB, more);
  EXPECT_EQ(status.code, "ENGINERY_DEVICE_MEMORY");
  EXPECT_EQ(status.message,
            "No 3 MiB of memory that stays in place for the GPU: cuMemHostAlloc: CUDA_ERROR_OUT_OF_MEMORY (2): out of "
            "memory");
}

TEST_F(CudaDeviceTest, IsLetGoOnAnyThread) {
  emuSet("checks off");  // nor is the memory filled
  Device device = open(0);
  const Device other = open(1);
  Memory memory, pinned;
  std::unique_ptr<CudaStream> stream;
  std::unique_ptr<CudaEvent> event;
  {
    CudaDevice::Entered entered;
    ASSERT_TRUE(device->enter(entered).ok());
    ASSERT_TRUE(device->allocate(300 * kMiB, memory).ok());
    ASSERT_TRUE(device->allocate_pinned(64, pinned).ok());
    ASSERT_TRUE(CudaStream::open(device, stream).ok());
    ASSERT_TRUE(CudaEvent::open(device, event).ok());
  }
  device.reset();
  std::thread([&] {
    CudaDevice::Entered entered;
    ASSERT_TRUE(other->enter(entered).ok());
    const CUcontext context = current();
    memory.reset();
    EXPECT_EQ(current(), context);
  }).join();
  std::thread([&] {
    event.reset();
    stream.reset();
    pinned.reset();
    EXPECT_EQ(text_of(emuLive), "context 1");
    EXPECT_EQ(current(), nullptr);
  }).join();
}

TEST_F(CudaDeviceTest, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      for (size_t round = 0; round < 50; ++round) {
        const Device device = open(static_cast<int32_t>(round % 2));
        CudaDevice::Entered entered;
        ASSERT_TRUE(device->enter(entered).ok());
        Memory memory, pinned;
        EXPECT_TRUE(device->allocate(512 * (i + round % 5), memory).ok());
        EXPECT_TRUE(device->allocate_pinned(512 * (i + round % 3), pinned).ok());
        device->usage();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace enginery
