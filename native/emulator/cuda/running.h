// The work that a thread is doing for a stream right now, and the memory that it touches.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "cuda/memory.h"
#include "cuda/order.h"

namespace emulator {

class Running {
 public:
  // `stamp` is null where nothing is checked.
  Running(const char* what, std::shared_ptr<Context> context, std::shared_ptr<const Stamp> stamp);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  static Running* current();  // of this thread, or null

  // Notes a read. Called with the lock.
  void touch(const Range& range);

  // Notes as written what has other bytes than when it was touched. Called without the lock, when the work has
  // returned.
  void note_writes();

  const char* const what;
  const std::shared_ptr<Context> context;

 private:
  struct Touched {
    Range range;
    size_t hash;
  };

  std::shared_ptr<const Stamp> stamp_;
  std::vector<Touched> touched_;
  Running* outer_;
};

}  // namespace emulator
