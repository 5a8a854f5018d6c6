// Memory of devices, and pinned memory of the host.
//
// An address of device memory is one that no CPU has (bit 48 and up), so that looking behind it crashes; the bytes lie
// in ordinary memory. Such addresses are never used twice. Pinned memory has the same address on host and device.
// Devices do not reach each other's memory, not even by copies.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cuda/order.h"

namespace emulator {

struct Call;
struct Context;

struct Allocation {
  uint64_t address = 0;
  size_t size = 0;
  bool pinned = false;
  std::shared_ptr<Context> context;
  std::byte* bytes = nullptr;
  bool live = true;
  bool leaving = false;  // cuMemFreeAsync was called and its turn has not come
  bool pooled = false;   // by cuMemAllocAsync
  std::vector<Access> accesses;

  Allocation() = default;
  Allocation(const Allocation&) = delete;
  Allocation& operator=(const Allocation&) = delete;
  ~Allocation();

  std::string text() const;  // "device memory 0x1000000000200, 64 bytes"
};

// A range of memory as an operation sees it; `allocation` is null for pageable memory.
struct Range {
  std::byte* bytes = nullptr;
  size_t size = 0;
  std::shared_ptr<Allocation> allocation;
};

// The allocation that the address lies in, or null.
std::shared_ptr<Allocation> allocation_at(uint64_t address);

// [address, address + size) of device or pinned memory that work on the context may touch; a report and
// CUDA_ERROR_INVALID_VALUE where it is none.
CUresult find_range(const char* what, const Context& context, uint64_t address, size_t size, Range& out);

CUresult allocate(size_t size, bool pinned, bool pooled, const std::shared_ptr<Context>& context,
                  std::shared_ptr<Allocation>& out);

// Takes the allocation out of the books. The bytes go when no operation holds it any more.
void forget(Allocation& allocation);

// Fills memory with a pattern: what is fresh, freed and still within the host's reach, or about to be written.
void spoil(const Range& range);

size_t hash_of(const Range& range);

}  // namespace emulator
