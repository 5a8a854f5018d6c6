// A refitter: new weights for an engine that was built for it.
#pragma once

#include <set>
#include <string>

#include "calls.h"
#include "emulator/tensorrt/engine.h"

namespace enginery::emulator {

class Refitter final : public RefitterCalls {
 public:
  // Null, and a line in the log, where the engine cannot be refitted.
  static Refitter* create(Engine& engine, ILogger& logger);
  ~Refitter() override;

  const Dependents& parsers() const { return parsers_; }

  // By the parser's refitter: all weights, from another model with the same ones. The reason where they are not: which
  // are missing it does not say, as NVIDIA's does not.
  std::string take_model(std::string model, std::string path);

 private:
  Refitter(Engine& engine, ILogger& logger);

  int32_t list(bool missing, int32_t size, const char** names) const;

  bool do_setNamedWeights(const char* name, Weights weights) noexcept override;
  Weights do_getNamedWeights(const char* name) const noexcept override;
  int32_t do_getMissingWeights(int32_t size, const char** names) noexcept override { return list(true, size, names); }
  int32_t do_getAllWeights(int32_t size, const char** names) noexcept override { return list(false, size, names); }
  bool do_refitCudaEngine() noexcept override;
  bool do_refitCudaEngineAsync(cudaStream_t stream) noexcept override;
  bool do_setMaxThreads(int32_t count) noexcept override { return count > 0; }

  const std::shared_ptr<EngineCore> core_;
  const Dependents::One one_;
  const Dependents parsers_;
  std::string model_;  // with the weights that were set
  std::string path_;
  std::set<std::string> missing_;
  std::set<std::string> set_;
};

}  // namespace enginery::emulator
