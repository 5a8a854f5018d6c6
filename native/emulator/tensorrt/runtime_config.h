// How an execution context is made; on TensorRT-RTX also the runtime cache, which keeps compiled kernels.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "calls.h"

namespace enginery::emulator {

// The kernels that were compiled for shapes seen so far.
struct KernelCache {
  std::mutex mutex;
  std::set<std::string> kernels;

  // True where it was not there.
  bool add(const std::string& kernel) {
    std::lock_guard lock(mutex);
    return kernels.insert(kernel).second;
  }
};

struct ContextOptions {
  ExecutionContextAllocationStrategy strategy = ExecutionContextAllocationStrategy::kSTATIC;
  std::shared_ptr<KernelCache> cache = std::make_shared<KernelCache>();
  Dependents cache_users;   // of the cache's: the contexts
  bool own_graphs = false;  // CudaGraphStrategy::kWHOLE_GRAPH_CAPTURE
};

#ifdef ENGINERY_FAMILY_RTX
class RuntimeCache final : public RuntimeCacheCalls {
 public:
  using RuntimeCacheCalls::RuntimeCacheCalls;

  ~RuntimeCache() override;

  const std::shared_ptr<KernelCache>& cache() const { return cache_; }
  const Dependents& contexts() const { return contexts_; }

 private:
  IHostMemory* do_serialize() const noexcept override;
  bool do_deserialize(const void* bytes, size_t size) noexcept override;
  bool do_reset() noexcept override;

  const std::shared_ptr<KernelCache> cache_ = std::make_shared<KernelCache>();
  const Dependents contexts_;
};
#endif

class RuntimeConfig final : public RuntimeConfigCalls {
 public:
  using RuntimeConfigCalls::RuntimeConfigCalls;

  ContextOptions options() const { return options_; }

 private:
  void do_setExecutionContextAllocationStrategy(ExecutionContextAllocationStrategy strategy) noexcept override {
    options_.strategy = strategy;
  }
  ExecutionContextAllocationStrategy do_getExecutionContextAllocationStrategy() const noexcept override {
    return options_.strategy;
  }
#ifdef ENGINERY_FAMILY_RTX
  IRuntimeCache* do_createRuntimeCache() const noexcept override { return new RuntimeCache(logger()); }
  bool do_setRuntimeCache(const IRuntimeCache& cache) noexcept override;
  IRuntimeCache* do_getRuntimeCache() const noexcept override { return cache_; }
  void do_setDynamicShapesKernelSpecializationStrategy(
      DynamicShapesKernelSpecializationStrategy strategy) noexcept override {
    specialization_ = strategy;
  }
  DynamicShapesKernelSpecializationStrategy do_getDynamicShapesKernelSpecializationStrategy() const noexcept override {
    return specialization_;
  }
  bool do_setCudaGraphStrategy(CudaGraphStrategy strategy) noexcept override;
  CudaGraphStrategy do_getCudaGraphStrategy() const noexcept override;

  DynamicShapesKernelSpecializationStrategy specialization_ = DynamicShapesKernelSpecializationStrategy::kLAZY;
  IRuntimeCache* cache_ = nullptr;
#endif

  ContextOptions options_;
};

}  // namespace enginery::emulator
