// The one seam between a session and what executes it: ONNX Runtime, see native/ort, or an engine, see engine_runner.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/element_type.h"
#include "core/engine_memory.h"
#include "core/run.h"

namespace enginery {

// What a model says of one input or output.
struct TensorSpec {
  std::string name;
  std::string type;                  // an element type's name; "sequence", "map", "optional", "sparse": not a tensor
  std::vector<int64_t> dims;         // -1 where symbolic or unknown
  std::vector<std::string> symbols;  // one per dimension: its symbolic name, or empty
};

// How many runs of a session are under way at a time, and how many wait for that, first come first served.
struct RunLimits {
  size_t at_once = 1;
  size_t waiting = SIZE_MAX;
};

// What waits at a session.
struct RunQueue {
  size_t waiting = 0;
  bool busy = false;  // a run that comes now waits, or is refused
};

class Runner {
 public:
  virtual ~Runner() = default;

  virtual const std::vector<TensorSpec>& inputs() const = 0;
  virtual const std::vector<TensorSpec>& outputs() const = 0;

  // Of a GPU.
  virtual MemoryUse memory() const { return {}; }
  // The GPU whose memory feeds and results may lie in; null: none.
  virtual std::shared_ptr<CudaDevice> device() const { return nullptr; }

  // From any thread.
  virtual RunQueue queue() const = 0;

  // Queues a run and returns at once. One that the limits have no room for is ENGINERY_BUSY.
  virtual void submit(std::shared_ptr<Run> run) = 0;

  // For who expected runs to be brief and now waits: has those begin that still wait for a thread.
  virtual void wake_for_waiting() {}

  // Stops a run at the next chance; it ends with a status of CANCELLED. One that is over is left alone. Not while
  // another thread submits it.
  virtual void cancel(Run& run) = 0;

  // Lets the runs under way end, refuses new ones, frees the model, then calls `done` on a thread of ours. Closing
  // twice is harmless: each `done` is called.
  virtual void close(std::function<void()> done) = 0;
};

}  // namespace enginery
