// Everything that the emulated driver holds, under one lock.
//
// It is never destroyed: threads of streams outlive main, and hanging ones never end.
#pragma once

#include <cuda.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/capture.h"
#include "cuda/clock.h"
#include "cuda/context.h"
#include "cuda/event.h"
#include "cuda/graph.h"
#include "cuda/handles.h"
#include "cuda/memory.h"
#include "cuda/stream.h"

namespace emulator {

struct Device {
  int ordinal = 0;
  std::shared_ptr<Context> primary;  // null while nobody retains it
  uint64_t next_address = 0;
  size_t used = 0;            // bytes of live memory
  size_t pool_reserve = 0;    // bytes that the pool keeps for the next cuMemAllocAsync
  size_t pool_threshold = 0;  // how many it may keep
};

struct Machine {
  Machine();

  std::mutex mutex;
  std::condition_variable progress;  // an operation is over, or a context lost
  bool initialised = false;
  std::vector<Device> devices;
  Handles<Context, CUcontext> contexts{"context", 0x21};
  Handles<Stream, CUstream> streams{"stream", 0x22};
  Handles<Event, CUevent> events{"event", 0x23};
  Handles<Graph, CUgraph> graphs{"graph", 0x24};
  Handles<GraphExec, CUgraphExec> graph_execs{"executable graph", 0x25};
  std::map<uint64_t, std::shared_ptr<Allocation>> allocations;  // by address
  std::vector<std::shared_ptr<Capture>> captures;               // those going on
  std::map<std::string, int64_t> others;                        // objects of other libraries, by kind
  Clock host;                                                   // what the host has seen finish
  size_t host_calls = 0;                                        // operations with host functions that are not over
};

Machine& machine();

}  // namespace emulator
