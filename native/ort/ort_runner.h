// A model run on the CPU by ONNX Runtime.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/job_threads.h"
#include "core/runner.h"
#include "ort/ort_library.h"
#include "ort/ort_options.h"

namespace enginery::ort {

class OrtRunner final : public Runner, public std::enable_shared_from_this<OrtRunner> {
 public:
  // Reads and optimises the model. Blocks: call it on a job thread.
  static Status open(const OpenOptions& options, std::shared_ptr<Runner>& out);

  const std::vector<TensorSpec>& inputs() const override { return inputs_; }
  const std::vector<TensorSpec>& outputs() const override { return outputs_; }
  void submit(RunId run, RunRequest request, std::function<void(RunResult)> done) override;
  void cancel(RunId run) override;
  void close(std::function<void()> done) override;

 private:
  using Clock = std::chrono::steady_clock;

  struct Running {
    explicit Running(const Api& api) : options(api.ReleaseRunOptions) {}
    Owned<RunOptions> options;
    RunRequest request;
    std::function<void(RunResult)> done;
    Clock::time_point submitted = Clock::now();
    JobThreads::Ticket ticket = 0;  // 0: it waits for a slot
    bool cancelled = false;
  };
  using RunningPtr = std::shared_ptr<Running>;

  OrtRunner(const Library& library, RunLimits limits)
      : library_(library), limits_(limits), session_(library.api().ReleaseSession) {}

  Status admit(RunId run, const RunningPtr& running);  // with mutex_ held
  void start(RunId run, const RunningPtr& running);    // with mutex_ held; throws where there is no thread to be had
  void start_waiting();                                // with mutex_ held
  void work(RunId run, Running& running);
  RunResult execute(Running& running);
  void finish(RunId run, RunResult result);
  void release_if_idle();  // with mutex_ held

  const Library& library_;
  const RunLimits limits_;
  Owned<SessionHandle> session_;
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;

  std::mutex mutex_;
  std::unordered_map<RunId, RunningPtr> running_;  // those that wait included
  std::deque<RunId> waiting_;
  size_t slots_taken_ = 0;
  bool closing_ = false;
  std::vector<std::function<void()>> when_closed_;
};

// The threads that open models and run them, as many as the machine runs at once: a run takes one of them, and
// intra_op_threads - 1 of the session's own.
JobThreads& run_threads();

}  // namespace enginery::ort
