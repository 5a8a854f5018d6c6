#include "ort/ort_runner.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "ort/ort_specs.h"
#include "ort/ort_values.h"

namespace enginery::ort {
namespace {

bool has_target(const RunRequest& request, size_t output) {
  return output < request.targets.size() && request.targets[output].type != ElementType::unknown;
}

// The input that the model gives back under its name, if the output is one. ONNX Runtime then leaves a target alone.
const NamedTensor* passed_through(const std::vector<NamedTensor>& feeds, const std::string& output) {
  const auto feed = std::find_if(feeds.begin(), feeds.end(), [&](const NamedTensor& it) { return it.name == output; });
  return feed == feeds.end() ? nullptr : &*feed;
}

std::string show(const std::vector<int64_t>& dims) {
  std::string text;
  for (const int64_t dim : dims) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return "[" + text + "]";
}

Status copy_to_target(const NamedTensor& feed, const TensorBuffer& target) {
  if (feed.tensor.type != target.type || feed.tensor.dims != target.dims) {
    return Status::failed("ENGINERY_INVALID_ARGUMENT", "Output \"" + feed.name + "\" is " + show(feed.tensor.dims) +
                                                           ", the tensor to write it into " + show(target.dims));
  }
  if (target.bytes > 0) std::memmove(target.data, feed.tensor.data, target.bytes);  // they may be one
  return {};
}

}  // namespace

JobThreads& run_threads() {
  static auto* const threads = new JobThreads(std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  return *threads;
}

Status OrtRunner::open(const OpenOptions& options, std::shared_ptr<Runner>& out) {
  const Library* library = nullptr;
  Status status = Library::open(options.library, library);
  if (!status.ok()) return status;
  const Api& api = library->api();

  Owned<SessionOptions> settings(api.ReleaseSessionOptions);
  status = library->check(api.CreateSessionOptions(settings.out()), open_error);
  if (!status.ok()) return status;
  status = configure(*library, options, settings.get());
  if (!status.ok()) return status;

  std::shared_ptr<OrtRunner> runner(new OrtRunner(*library, options.limits));
  status = library->check(
      options.model_path.empty()
          ? api.CreateSessionFromArray(library->env(), options.model_data.data(), options.model_data.size(),
                                       settings.get(), runner->session_.out())
          : api.CreateSession(library->env(), options.model_path.c_str(), settings.get(), runner->session_.out()),
      open_error);
  if (status.ok()) status = describe_inputs(*library, runner->session_.get(), runner->inputs_);
  if (status.ok()) status = describe_outputs(*library, runner->session_.get(), runner->outputs_);
  if (!status.ok()) {
    status.subject = options.model_path;
    return status;
  }
  out = std::move(runner);
  return {};
}

void OrtRunner::submit(RunId run, RunRequest request, std::function<void(RunResult)> done) {
  auto running = std::make_shared<Running>(library_.api());
  running->request = std::move(request);
  running->done = std::move(done);
  Status status = library_.check(library_.api().CreateRunOptions(running->options.out()), run_error);
  if (status.ok()) {
    std::lock_guard lock(mutex_);
    status = admit(run, running);
  }
  if (!status.ok()) running->done({std::move(status), {}});
}

Status OrtRunner::admit(RunId run, const RunningPtr& running) {
  if (closing_) return Status::failed("ENGINERY_DISPOSED", "The session is closed.");
  const bool has_slot = slots_taken_ < limits_.at_once;
  if (!has_slot && waiting_.size() >= limits_.waiting) {
    return Status::failed("ENGINERY_BUSY", std::to_string(slots_taken_) + " runs are under way and " +
                                               std::to_string(waiting_.size()) + " wait: the session takes no more.");
  }
  running_.emplace(run, running);
  if (!has_slot) {
    waiting_.push_back(run);
    return {};
  }
  try {
    start(run, running);
    return {};
  } catch (const std::exception& error) {
    running_.erase(run);
    return Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
}

void OrtRunner::start(RunId run, const RunningPtr& running) {
  running->ticket = run_threads().submit([self = shared_from_this(), run, running] { self->work(run, *running); });
  ++slots_taken_;
}

// Where there is no thread to be had now, the run waits on: the next that ends asks again.
void OrtRunner::start_waiting() {
  while (!waiting_.empty() && slots_taken_ < limits_.at_once) {
    const RunId run = waiting_.front();
    try {
      start(run, running_.at(run));
    } catch (const std::system_error&) {
      return;
    }
    waiting_.pop_front();
  }
}

void OrtRunner::work(RunId run, Running& running) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto begin = Clock::now();
  RunResult result;
  try {
    result = execute(running);
  } catch (const std::exception& error) {  // out of memory
    result.status = Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
  result.queue_ms = Milliseconds(begin - running.submitted).count();
  result.compute_ms = Milliseconds(Clock::now() - begin).count();
  finish(run, std::move(result));
}

void OrtRunner::cancel(RunId run) {
  {
    std::lock_guard lock(mutex_);
    const auto found = running_.find(run);
    if (found == running_.end() || found->second->cancelled) return;
    Running& running = *found->second;
    running.cancelled = true;
    if (running.ticket == 0) {
      waiting_.erase(std::find(waiting_.begin(), waiting_.end(), run));
    } else if (!run_threads().withdraw(running.ticket)) {
      // Fails only on a null argument.
      (void)library_.check(library_.api().RunOptionsSetTerminate(running.options.get()), run_error);
      return;
    }
  }
  finish(run, {Status::cancelled(), {}});
}

void OrtRunner::close(std::function<void()> done) {
  std::lock_guard lock(mutex_);
  closing_ = true;
  when_closed_.push_back(std::move(done));
  release_if_idle();
}

RunResult OrtRunner::execute(Running& running) {
  const Api& api = library_.api();
  RunResult result;
  RunRequest& request = running.request;
  const auto feeds = std::make_shared<const std::vector<NamedTensor>>(std::move(request.feeds));

  std::vector<OwnedValue> values;
  std::vector<const Value*> inputs;
  std::vector<const char*> input_names;
  for (const NamedTensor& feed : *feeds) {
    OwnedValue& value = values.emplace_back(api.ReleaseValue);
    result.status = to_value(library_, feed.name, feed.tensor, value);
    if (!result.status.ok()) return result;
    inputs.push_back(value.get());
    input_names.push_back(feed.name.c_str());
  }
  std::vector<const char*> output_names;
  for (const std::string& name : request.outputs) output_names.push_back(name.c_str());

  std::vector<OwnedValue> outputs;
  std::vector<Value*> results;
  for (size_t i = 0; i < output_names.size(); ++i) {
    OwnedValue& output = outputs.emplace_back(api.ReleaseValue);
    const bool written = has_target(request, i) && passed_through(*feeds, request.outputs[i]) == nullptr;
    if (written) result.status = to_value(library_, request.outputs[i], request.targets[i], output);
    if (!result.status.ok()) return result;
    results.push_back(output.get());
  }
  result.status = library_.check(api.Run(session_.get(), running.options.get(), input_names.data(), inputs.data(),
                                         inputs.size(), output_names.data(), output_names.size(), results.data()),
                                 run_error);
  for (size_t i = 0; i < outputs.size(); ++i) *outputs[i].out() = results[i];
  if (!result.status.ok()) {
    std::lock_guard lock(mutex_);
    if (running.cancelled) result.status = Status::cancelled();
    return result;
  }
  result.outputs.resize(outputs.size());
  for (size_t i = 0; result.status.ok() && i < outputs.size(); ++i) {
    if (!has_target(request, i)) {
      result.status = from_value(library_, request.outputs[i], std::move(outputs[i]), feeds, result.outputs[i]);
    } else if (const NamedTensor* feed = passed_through(*feeds, request.outputs[i])) {
      result.status = copy_to_target(*feed, request.targets[i]);
    }
  }
  return result;
}

// The session counts as idle only after `done`: whoever waits for it to close may rely on every run having been
// reported.
void OrtRunner::finish(RunId run, RunResult result) {
  RunningPtr running;
  {
    std::lock_guard lock(mutex_);
    running = running_.at(run);
    if (running->ticket != 0) --slots_taken_;
    start_waiting();
  }
  running->done(std::move(result));
  std::lock_guard lock(mutex_);
  running_.erase(run);
  release_if_idle();
}

void OrtRunner::release_if_idle() {
  if (!closing_ || !running_.empty() || when_closed_.empty()) return;
  // Freeing a large model takes a while, and the last run may have ended on the JS thread.
  run_threads().submit([self = shared_from_this(), waiting = std::exchange(when_closed_, {})] {
    self->session_.reset();
    for (const auto& done : waiting) done();
  });
}

}  // namespace enginery::ort
