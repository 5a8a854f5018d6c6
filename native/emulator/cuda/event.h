// Events: the place in a stream, or in a capture, where they were recorded last.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>

#include "cuda/capture.h"
#include "cuda/clock.h"
#include "cuda/context.h"
#include "cuda/work.h"

namespace emulator {

struct Event {
  uint64_t id = 0;
  std::shared_ptr<Context> context;
  bool timed = true;
  Point point;  // no stream before the first record
  Clock clock;  // what is ordered before it
  std::chrono::steady_clock::time_point reached;
  std::shared_ptr<Capture> capture;  // where it was recorded in one
  std::set<size_t> nodes;            // of the capture, that it stands behind
};

}  // namespace emulator
