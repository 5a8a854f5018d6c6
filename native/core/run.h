// One run of a session: what it works on, and what came of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/element_type.h"
#include "core/status.h"
#include "core/tensor_memory.h"

namespace enginery {

class CudaDevice;

// Bytes up to which copying a tensor costs less than giving its memory an owner.
constexpr size_t kSmallTensor = 4096;

// A tensor in memory that stays valid while `owner` lives, or, where it has none, until the run is over and its results
// have been taken.
struct TensorBuffer {
  ElementType type = ElementType::unknown;
  std::vector<int64_t> dims;
  std::shared_ptr<void> owner;
  void* data = nullptr;
  size_t bytes = 0;
  std::vector<std::string> strings;  // the elements, where type is string
  bool borrowed = false;             // JS has the memory too
  CudaDevice* device = nullptr;      // whose memory it is, kept open by the owner; null: the CPU's
};

class Execution;
class Run;
class Runner;

// A run in a runner's queue.
struct QueuedRun {
  std::shared_ptr<Run> run;
  std::shared_ptr<Runner> runner;
  std::chrono::steady_clock::time_point submitted;
  bool waits = true;               // for another to end
  uint64_t ticket = 0;             // of the job that begins it, if it has one of its own
  Execution* execution = nullptr;  // while it is at work
  uint64_t begun_when_alone = 0;   // how many runs were, when it had the session to itself; 0 where it had not
  bool cancelled = false;
};

// Whoever asks for runs makes these, and uses them again: what they have allocated stays. From Runner::submit() to
// ended() a run is the runner's.
class Run {
 public:
  virtual ~Run() = default;

  // What to do.
  std::vector<TensorBuffer> feeds;    // in the order of the runner's inputs
  std::vector<uint32_t> outputs;      // those asked for, by their place in the runner's list
  std::vector<TensorBuffer> targets;  // memory for them, in their order; of unknown type where one has none
  std::vector<bool> stays;            // in their order: whether it is left in the device's memory
  bool brief = false;                 // expected to be, see JobThreads::Length

  // What came of it.
  Status status;
  std::vector<TensorBuffer> results;  // in the order of `outputs`; of unknown type where it is in its target
  ReusedMemory small_results;         // where those are that have no owner
  double queue_ms = 0;                // from submit() to the beginning
  double compute_ms = 0;              // from the beginning to the end

  bool has_target(size_t output) const {
    return output < targets.size() && targets[output].type != ElementType::unknown;
  }

  bool stays_on_device(size_t output) const { return output < stays.size() && stays[output]; }

  // Called once for each submit(), when the runner has let go of the run: on a thread of ours, or before submit() or
  // cancel() returns where there is nothing to wait for.
  virtual void ended() = 0;

 private:
  friend class QueuedRunner;

  // One element, which moves from here to the runner's lists and back, so that queueing allocates nothing.
  std::list<QueuedRun> queued_{1};
  std::list<QueuedRun>::iterator place_ = queued_.begin();
};

// Writes a result into the memory that was given for it. The name is for errors.
Status copy_to_target(const std::string& name, const TensorBuffer& result, const TensorBuffer& target);

}  // namespace enginery
