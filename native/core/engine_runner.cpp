#include "core/engine_runner.h"

#include <utility>

#include "core/device_threads.h"

namespace enginery {

EngineRunner::EngineRunner(EngineOptions options, std::unique_ptr<LoadedEngine> engine)
    : QueuedRunner(DeviceThreads::of(options.device).runs(), options.limits),
      options_(std::move(options)),
      cache_(options_.runtime_cache),
      engine_(std::move(engine)) {
  DeviceThreads::of(options_.device).add_runs(static_cast<int>(options_.limits.at_once));
}

EngineRunner::~EngineRunner() {
  DeviceThreads::of(options_.device).add_runs(-static_cast<int>(options_.limits.at_once));
}

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
  return refit_engine(*engine_, options_, model);
}

Status EngineRunner::inspect(const Idle& idle, std::string& json) {
  CudaDevice::Entered entered;
  const Status status = engine_->device().enter(entered);
  if (!status.ok()) return status;
  // Where values make shapes, the context would look for them in the memory of a run that is over.
  const bool by_values = engine_->has_host_tensors();
  EngineryContext* const context =
      by_values || idle.empty() ? nullptr : static_cast<EngineSlot&>(*idle.back()).context();
  BridgeLog log(options_.on_log, options_.log_severity);
  if (engine_->bridge().inspect(engine_->handle(), context, &log.callbacks()) == 0) {
    return engine_->device().lost_or(
        failed_as_logged("ENGINERY_SESSION_FAILED", "TensorRT does not describe the engine", log));
  }
  json.assign(log.written.begin(), log.written.end());
  return {};
}

void EngineRunner::release(Idle idle) {
  if (cache_.wanted() && !idle.empty() && !cache_.keep(static_cast<EngineSlot&>(*idle.front()).compiled_kernels())) {
    options_.log(Severity::warning, "The cache of compiled kernels cannot be written: " + options_.runtime_cache);
  }
  idle.clear();  // contexts before their engine
  engine_->unload();
}

}  // namespace enginery
