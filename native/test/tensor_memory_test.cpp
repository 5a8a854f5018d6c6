// @no-feature a part by itself, over no device and no library
#include "core/tensor_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace enginery {
namespace {

uint8_t* bytes_of(const std::shared_ptr<void>& memory) { return static_cast<uint8_t*>(memory.get()); }

TEST(TensorMemory, IsAligned) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{1000}}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(allocate_tensor_memory(bytes).get()) % 64, 0u);
    const auto memory = allocate_shared_memory(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.get()) % 64, 0u);
    std::memset(memory.get(), 1, bytes);
  }
}

TEST(TensorMemory, IsFoundInsideOfItAndNowhereElse) {
  const auto memory = allocate_shared_memory(100);
  uint8_t* const start = bytes_of(memory);
  EXPECT_EQ(find_shared_memory(start, 100), memory);
  EXPECT_EQ(find_shared_memory(start, 0), memory);
  EXPECT_EQ(find_shared_memory(start + 40, 60), memory);
  EXPECT_EQ(find_shared_memory(start + 100, 0), memory);
  EXPECT_EQ(find_shared_memory(start, 101), nullptr);
  EXPECT_EQ(find_shared_memory(start + 40, 61), nullptr);
  EXPECT_EQ(find_shared_memory(start + 101, 0), nullptr);
  EXPECT_EQ(find_shared_memory(start + 40, SIZE_MAX), nullptr);
  EXPECT_EQ(find_shared_memory(start - 1, 1), nullptr);
  EXPECT_EQ(find_shared_memory(nullptr, 0), nullptr);
  int elsewhere = 0;
  EXPECT_EQ(find_shared_memory(&elsewhere, sizeof elsewhere), nullptr);
  const auto unshared = allocate_tensor_memory(100);
  EXPECT_EQ(find_shared_memory(unshared.get(), 100), nullptr);
}

TEST(TensorMemory, LivesWhileSomebodyWhoFoundItHoldsIt) {
  auto memory = allocate_shared_memory(100);
  uint8_t* const start = bytes_of(memory);
  auto found = find_shared_memory(start, 100);
  memory.reset();
  std::memset(found.get(), 1, 100);
  EXPECT_EQ(find_shared_memory(start, 100), found);
  found.reset();
  EXPECT_EQ(find_shared_memory(start, 100), nullptr);
}

TEST(TensorMemory, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (size_t i = 0; i < 2000; ++i) {
        auto memory = allocate_shared_memory(i);
        uint8_t* const start = bytes_of(memory);
        auto found = find_shared_memory(start + i / 2, i / 2);
        EXPECT_EQ(found, memory);
        memory.reset();
        std::memset(found.get(), 1, i);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(ReusedMemory, StaysWhereItIsUntilItMustGrow) {
  ReusedMemory memory;
  EXPECT_NE(memory.resize(0), nullptr);
  uint8_t* const first = memory.resize(1000);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0u);
  EXPECT_EQ(memory.resize(10), first);
  EXPECT_EQ(memory.resize(1000), first);
  uint8_t* const larger = memory.resize(100000);
  larger[99999] = 1;
}

}  // namespace
}  // namespace enginery
