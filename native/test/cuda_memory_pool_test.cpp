// @no-feature a part by itself, over no device and no library
#include "core/cuda_memory_pool.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace enginery {
namespace {

using Freed = std::vector<void*>;

void* block(uintptr_t number) { return reinterpret_cast<void*>(number); }

TEST(CudaMemoryPool, BlocksFitAndWasteLittle) {
  const CudaMemoryPool pool(size_t{256} << 20);
  for (size_t bytes = 1; bytes < size_t{2} << 30; bytes += bytes / 3 + 1) {
    const size_t size = pool.block_size(bytes);
    EXPECT_GE(size, bytes);
    EXPECT_LE(size, bytes + std::max<size_t>(bytes / 8, 511));
    EXPECT_EQ(size % 512, 0u);
    EXPECT_EQ(pool.block_size(size), size);
  }
  EXPECT_EQ(pool.block_size(0), 512u);
  EXPECT_EQ(pool.block_size(SIZE_MAX), SIZE_MAX);
}

TEST(CudaMemoryPool, GivesTheBlockThatCameBackLast) {
  CudaMemoryPool pool(4096);
  EXPECT_EQ(pool.take(1024), nullptr);
  pool.add(1024);
  pool.add(1024);
  EXPECT_EQ(pool.give_back(block(1), 1024), Freed{});
  EXPECT_EQ(pool.give_back(block(2), 1024), Freed{});
  EXPECT_EQ(pool.usage().kept, 2048u);
  EXPECT_EQ(pool.take(512), nullptr);
  EXPECT_EQ(pool.take(1024), block(2));
  EXPECT_EQ(pool.usage().in_use, 1024u);
  EXPECT_EQ(pool.usage().kept, 1024u);
}

TEST(CudaMemoryPool, FreesWhatWasKeptLongest) {
  CudaMemoryPool pool(2048);
  for (int i = 0; i < 4; ++i) pool.add(1024);
  pool.add(4096);
  EXPECT_EQ(pool.give_back(block(1), 1024), Freed{});
  EXPECT_EQ(pool.give_back(block(2), 1024), Freed{});
  EXPECT_EQ(pool.give_back(block(3), 1024), Freed{block(1)});
  EXPECT_EQ(pool.give_back(block(4), 4096), Freed{block(4)}) << "larger than the limit";
  EXPECT_EQ(pool.empty(), (Freed{block(2), block(3)}));
  EXPECT_EQ(pool.usage().kept, 0u);
  EXPECT_EQ(pool.usage().in_use, 1024u);
}

}  // namespace
}  // namespace enginery
