// The runs of one environment: requests on their way in, results on their way back.
//
// A run has a slot, a number that JS chooses and uses again. Results wait here until JS takes them, many at a time: it
// comes for them by itself while it expects some, and is woken through Completions otherwise.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "addon/completions.h"
#include "addon/device_tensors.h"
#include "addon/napi_setup.h"
#include "addon/run_page.h"
#include "addon/run_results.h"
#include "core/run.h"
#include "core/runner.h"

namespace enginery {

class RunChannel : public std::enable_shared_from_this<RunChannel> {
 public:
  explicit RunChannel(std::shared_ptr<Completions> completions) : completions_(std::move(completions)) {}

  // JS thread only.

  // The memory that JS and this class write to for each other. Once per environment.
  Napi::Value open_page(Napi::Env env);

  // Starts a run: (slot, session, numbers written, things, numbers where the page has no room for them, whether JS
  // comes for the result). Throws where the arguments make no sense; the slot is then free.
  void submit(const Napi::CallbackInfo& info);

  void cancel(uint32_t slot);

  // What came of the runs that have ended, see RunResults; undefined where none has. `watching`: JS comes again soon,
  // and need not be woken.
  Napi::Value take(Napi::Env env, bool watching);

  // Results that have stayed on a GPU, to be fed again.
  DeviceTensors& device_tensors() { return device_tensors_; }

  // Cancels everything and waits until `deadline` for runs to end: the environment is going away. What works on memory
  // of JS's is waited for without limit.
  void close(std::chrono::steady_clock::time_point deadline);

 private:
  struct Slot;

  void ended(const Slot& slot);  // from any thread

  const std::shared_ptr<Completions> completions_;
  Napi::Reference<Napi::ArrayBuffer> page_buffer_;
  RunPage page_;
  DeviceTensors device_tensors_;
  RunResults results_{device_tensors_};
  std::vector<std::shared_ptr<Slot>> slots_;
  std::vector<uint32_t> taken_;

  std::mutex mutex_;
  std::condition_variable settled_;
  std::vector<uint32_t> ended_;
  std::atomic<bool> any_ended_{false};  // to be seen without the lock
  size_t under_way_ = 0;
  size_t waited_for_ = 0;  // of those, at close() without limit
  bool watching_ = false;
  bool closing_ = false;
};

}  // namespace enginery
