#include "core/engine_runner.h"

#include <exception>
#include <utility>

#include "core/device_threads.h"

namespace enginery {
namespace {

bool merge_kernels(const LoadedEngine& engine, const RuntimeCache::Bytes& one, const RuntimeCache::Bytes& other,
                   RuntimeCache::Bytes& both) {
  CudaDevice::Entered entered;
  if (!engine.device().enter(entered).ok()) return false;
  BridgeLog log({});  // what other processes wrote is no concern of this session's
  const EngineryBridgeBytes first{one.data(), one.size()};
  const EngineryBridgeBytes second{other.data(), other.size()};
  if (engine.bridge().merge_runtime_caches(engine.handle(), &first, &second, &log.callbacks()) == 0) return false;
  both = std::move(log.written);
  return true;
}

}  // namespace

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

Status EngineRunner::refit(const RefitModel& model) { return refit_engine(*engine_, options_, model); }

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

std::function<void()> EngineRunner::look_after(Execution& execution) {
  std::vector<RuntimeCache::Bytes> kernels;
  kernels.push_back(static_cast<EngineSlot&>(execution).compiled_kernels());
  return [this, kernels = std::move(kernels)] { keep(kernels); };
}

// A cache that cannot be kept costs time, not results.
void EngineRunner::keep(const std::vector<RuntimeCache::Bytes>& kernels) {
  Status status;
  try {
    status = cache_.add(kernels, [this](const auto& one, const auto& other, auto& both) {
      return merge_kernels(*engine_, one, other, both);
    });
  } catch (const std::exception& error) {  // out of memory
    status = Status::failed("ENGINERY_INTERNAL", error.what());
  }
  if (status.ok() || std::exchange(cache_failed_, true)) return;
  options_.log(Severity::warning, "The cache of compiled kernels cannot be written: " + status.message);
}

void EngineRunner::release(Idle idle) {
  if (cache_.wanted()) {
    std::vector<RuntimeCache::Bytes> kernels;
    for (const auto& slot : idle) kernels.push_back(static_cast<EngineSlot&>(*slot).compiled_kernels());
    keep(kernels);
  }
  idle.clear();  // contexts before their engine
  engine_->unload();
}

}  // namespace enginery
