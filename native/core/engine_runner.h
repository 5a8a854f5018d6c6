// An engine run on a GPU by TensorRT.
#pragma once

#include <memory>
#include <vector>

#include "core/engine_options.h"
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
  CudaDevice* device() const override { return &engine_->device(); }
  const LoadedEngine& engine() const { return *engine_; }
  MemoryUse memory() const override { return engine_->memory().use(); }

 private:
  EngineRunner(EngineOptions options, std::unique_ptr<LoadedEngine> engine);

  std::unique_ptr<Execution> make_execution() override;
  void release(std::vector<std::unique_ptr<Execution>> idle) override;

  const EngineOptions options_;
  const RuntimeCache cache_;
  std::unique_ptr<LoadedEngine> engine_;
};

}  // namespace enginery
