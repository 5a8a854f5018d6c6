// A model run on the CPU by ONNX Runtime.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/job_threads.h"
#include "core/runner.h"
#include "ort/ort_execution.h"
#include "ort/ort_library.h"
#include "ort/ort_log.h"
#include "ort/ort_options.h"

namespace enginery::ort {

class OrtRunner final : public Runner, public std::enable_shared_from_this<OrtRunner> {
 public:
  // Reads and optimises the model. Blocks: call it on a job thread.
  static Status open(const OpenOptions& options, std::shared_ptr<Runner>& out);

  const std::vector<TensorSpec>& inputs() const override { return model_.inputs; }
  const std::vector<TensorSpec>& outputs() const override { return model_.outputs; }
  void submit(std::shared_ptr<Run> run) override;
  void cancel(const Run& run) override;
  void close(std::function<void()> done) override;

 private:
  using Clock = std::chrono::steady_clock;

  struct Admitted {
    std::shared_ptr<Run> run;
    Clock::time_point submitted = Clock::now();
    JobThreads::Ticket ticket = 0;   // 0: it waits for a slot
    Execution* execution = nullptr;  // while ONNX Runtime is at work
    bool cancelled = false;
  };

  OrtRunner(const Library& library, const OpenOptions& options)
      : library_(library), limits_(options.limits), log_(options.on_log), model_(library) {}

  Status admit(std::shared_ptr<Run> run);  // with mutex_ held
  void start(Admitted& admitted);          // with mutex_ held; throws where there is no thread to be had
  void start_waiting();                    // with mutex_ held
  void work(Run& run);
  std::unique_ptr<Execution> begin(Run& run);
  void finish(const Run& run, std::unique_ptr<Execution> execution);
  void release_if_idle();  // with mutex_ held

  const Library& library_;
  const RunLimits limits_;
  LogSink log_;  // before the model, whose session logs until it is gone
  Model model_;

  std::mutex mutex_;
  std::unordered_map<const Run*, Admitted> admitted_;  // those that wait included
  std::deque<const Run*> waiting_;
  std::vector<std::unique_ptr<Execution>> idle_;
  size_t slots_taken_ = 0;
  std::atomic<size_t> reporting_{0};  // runs that are over, and whose ended() has not returned
  std::atomic<bool> closing_{false};
  std::vector<std::function<void()>> when_closed_;
};

}  // namespace enginery::ort
