// An engine run on a GPU by TensorRT.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine_options.h"
#include "core/engine_refit.h"
#include "core/engine_slot.h"
#include "core/loaded_engine.h"
#include "core/queued_runner.h"
#include "core/runtime_cache.h"

namespace enginery {

class EngineRunner final : public QueuedRunner {
 public:
  // Loads the engine. Blocks: call it on a job thread.
  static Status open(const EngineOptions& options, std::shared_ptr<EngineRunner>& out);
  ~EngineRunner() override;

  const std::vector<TensorSpec>& inputs() const override { return engine_->inputs(); }
  const std::vector<TensorSpec>& outputs() const override { return engine_->outputs(); }
  std::shared_ptr<CudaDevice> device() const override { return engine_->shared_device(); }
  const LoadedEngine& engine() const { return *engine_; }
  MemoryUse memory() const override { return engine_->memory().use(); }
  // Null where layers are not timed.
  const LayerTimes* layer_times() const { return options_.layer_times.get(); }

  // Only inside of exclusively().
  Status refit(const RefitModel& model);
  // TensorRT's JSON of the layers, with the dimensions of the last run where there was one.
  Status inspect(const Idle& idle, std::string& json);

 private:
  EngineRunner(EngineOptions options, std::unique_ptr<LoadedEngine> engine);

  std::unique_ptr<Execution> make_execution() override;
  void release(Idle idle) override;
  bool upkeep_due(std::chrono::steady_clock::time_point now) override { return cache_.due(now); }
  std::function<void()> look_after(Execution& execution) override;
  void keep(const std::vector<RuntimeCache::Bytes>& kernels);

  const EngineOptions options_;
  RuntimeCache cache_;
  bool cache_failed_ = false;  // and that has been said
  std::unique_ptr<LoadedEngine> engine_;
};

}  // namespace enginery
