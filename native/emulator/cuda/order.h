// Order of operations: who touched which memory, and whether something says that it came before.
//
// It may miss a mistake but never invents one: what the host has seen finish counts as known to everyone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cuda/clock.h"

namespace emulator {

struct Allocation;
struct Range;

// An operation as others see it.
struct Stamp {
  const char* what;
  uint64_t stream;
  uint64_t index;
  Clock clock;  // what is ordered before it, itself included

  std::string text() const;  // "cuMemcpyHtoDAsync (operation 4 of stream 2)"
};

struct Access {
  std::shared_ptr<const Stamp> by;
  size_t begin;
  size_t end;
  bool writes;
};

// Notes an access to [begin, end) of the allocation, and reports those before it that nothing orders with it.
void touch(Allocation& allocation, Access access);

// Whether an operation may still write the range, or touch it at all.
bool may_be_used(const Range& range, bool touches);

// Reports operations that may still use the allocation when it is freed: by an operation, or by the host where `by` is
// null. Gives whether there are any.
bool check_unused(const Allocation& allocation, const Stamp* by, const char* what);

}  // namespace emulator
