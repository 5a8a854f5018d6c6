// The one seam between a session and what executes it. ONNX Runtime implements it in native/ort.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/element_type.h"
#include "core/status.h"

namespace enginery {

// What a model says of one input or output.
struct TensorSpec {
  std::string name;
  std::string type;                  // an element type's name; "sequence", "map", "optional", "sparse": not a tensor
  std::vector<int64_t> dims;         // -1 where symbolic or unknown
  std::vector<std::string> symbols;  // one per dimension: its symbolic name, or empty
};

// A tensor in memory that stays valid while `owner` lives, or, where it has none, until the run is over.
struct TensorBuffer {
  ElementType type = ElementType::unknown;
  std::vector<int64_t> dims;
  std::shared_ptr<void> owner;
  void* data = nullptr;
  size_t bytes = 0;
  std::vector<std::string> strings;  // the elements, where type is string
  bool borrowed = false;             // JS has the memory too
};

struct NamedTensor {
  std::string name;
  TensorBuffer tensor;
};

struct RunRequest {
  std::vector<NamedTensor> feeds;
  std::vector<std::string> outputs;
  std::vector<TensorBuffer> targets;  // memory for the outputs, in their order; of unknown type where there is none
};

struct RunResult {
  Status status;
  std::vector<TensorBuffer> outputs;  // in the order asked for
  double queue_ms = 0;                // from submit() to the beginning
  double compute_ms = 0;              // from the beginning to the end
};

// How many runs of a session are under way at a time, and how many wait for that, first come first served.
struct RunLimits {
  size_t at_once = 1;
  size_t waiting = SIZE_MAX;
};

class Runner {
 public:
  using RunId = uint64_t;

  virtual ~Runner() = default;

  virtual const std::vector<TensorSpec>& inputs() const = 0;
  virtual const std::vector<TensorSpec>& outputs() const = 0;

  // Queues a run and returns at once. `run` is the caller's choice and unlike that of any run under way. `done` is
  // called once: on a thread of ours, or before submit() or cancel() returns where there is nothing to wait for. A run
  // that the limits have no room for is ENGINERY_BUSY.
  virtual void submit(RunId run, RunRequest request, std::function<void(RunResult)> done) = 0;

  // Stops a run at the next chance; it ends with a status of CANCELLED. Unknown runs are ignored.
  virtual void cancel(RunId run) = 0;

  // Lets the runs under way end, refuses new ones, frees the model, then calls `done` on a thread of ours. Closing
  // twice is harmless: each `done` is called.
  virtual void close(std::function<void()> done) = 0;
};

}  // namespace enginery
