#include "core/engine_runner.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace enginery {
namespace {

// The threads that wait for a device, one for each run that its sessions may have under way. Leaked on purpose, as a
// driver may hang.
class DeviceThreads {
 public:
  JobThreads& threads() { return threads_; }

  void add(int runs) {
    std::lock_guard lock(mutex_);
    runs_ += runs;
    threads_.set_concurrency(runs_);
  }

 private:
  std::mutex mutex_;
  int runs_ = 1;  // one more, to open and to free
  JobThreads threads_{1};
};

DeviceThreads& threads_of(int32_t device) {
  static auto* const mutex = new std::mutex;
  static auto* const all = new std::map<int32_t, DeviceThreads>;
  std::lock_guard lock(*mutex);
  return (*all)[device];
}

}  // namespace

EngineRunner::EngineRunner(EngineOptions options, std::unique_ptr<LoadedEngine> engine)
    : QueuedRunner(threads_of(options.device).threads(), options.limits),
      options_(std::move(options)),
      cache_(options_.runtime_cache),
      engine_(std::move(engine)) {
  threads_of(options_.device).add(static_cast<int>(options_.limits.at_once));
}

EngineRunner::~EngineRunner() { threads_of(options_.device).add(-static_cast<int>(options_.limits.at_once)); }

Status EngineRunner::open(const EngineOptions& options, std::shared_ptr<EngineRunner>& out) {
  std::unique_ptr<LoadedEngine> engine;
  Status status = LoadedEngine::load(options, engine);
  if (!status.ok()) return status;
  out.reset(new EngineRunner(options, std::move(engine)));
  return {};
}

std::unique_ptr<Execution> EngineRunner::make_execution() {
  return std::make_unique<EngineSlot>(*engine_, options_, cache_);
}

Status EngineRunner::refit(const RefitModel& model) {
  return refit_engine(*engine_, options_.parser, model, options_.on_log);
}

Status EngineRunner::inspect(const Idle& idle, std::string& json) {
  CudaDevice::Entered entered;
  const Status status = engine_->device().enter(entered);
  if (!status.ok()) return status;
  // Where values make shapes, the context would look for them in the memory of a run that is over.
  const bool by_values = engine_->has_host_tensors();
  EngineryContext* const context =
      by_values || idle.empty() ? nullptr : static_cast<EngineSlot&>(*idle.back()).context();
  BridgeLog log(options_.on_log);
  if (engine_->bridge().inspect(engine_->handle(), context, &log.callbacks()) == 0) {
    return engine_->device().lost_or(
        failed_as_logged("ENGINERY_SESSION_FAILED", "TensorRT does not describe the engine", log));
  }
  json.assign(log.written.begin(), log.written.end());
  return {};
}

void EngineRunner::release(Idle idle) {
  if (cache_.wanted() && !idle.empty() && !cache_.keep(static_cast<EngineSlot&>(*idle.front()).compiled_kernels()) &&
      options_.on_log) {
    options_.on_log({Severity::warning, "The cache of compiled kernels cannot be written: " + options_.runtime_cache});
  }
  idle.clear();  // contexts before their engine
  engine_->unload();
}

}  // namespace enginery
