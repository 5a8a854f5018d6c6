// Pinned memory while copies from and to it are under way: the host must not write the one, nor read the other.
//
// It may miss a mistake: memory that another operation may still touch is left alone, and all while host functions are
// under way, which may touch any. What a launch touches is known when it runs: one that is queued, and writes to pinned
// memory, is taken for the host's mistake.
#pragma once

#include <cstddef>
#include <vector>

#include "cuda/work.h"

namespace emulator {

class HostMemory {
 public:
  // When the work is enqueued, with the lock, before its own accesses are noted. Where copies write to the host, it
  // spoils what is there, so that nobody takes it for the result.
  void watch(const Work& work);

  // When a copy has run: reports that its source has other bytes than when it was enqueued.
  void check(const Copy& copy, const char* what) const;

 private:
  struct Source {
    Range range;
    size_t hash;
  };
  std::vector<Source> sources_;
};

}  // namespace emulator
