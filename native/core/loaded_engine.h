// An engine on a device, and what it says of itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/bridge_log.h"
#include "core/cuda_device.h"
#include "core/element_type.h"
#include "core/engine_memory.h"
#include "core/engine_options.h"
#include "core/run.h"
#include "core/runner.h"
#include "core/tensorrt.h"
#include "tensorrt/execution.h"

namespace enginery {

class LoadedEngine {
 public:
  // Of one input in one profile: of its dimensions, or of its elements where those are what shapes are computed from.
  struct Bounds {
    std::vector<int64_t> min, opt, max;
  };
  struct Tensor {
    ElementType type = ElementType::unknown;
    bool host = false;   // its elements lie in the CPU's memory while the engine runs
    int32_t alias = -1;  // the place of the input or output that has the same memory; -1 where there is none
  };

  // Reads the plan and has TensorRT load it. Blocks: call it on a job thread.
  static Status load(const EngineOptions& options, std::unique_ptr<LoadedEngine>& out);
  ~LoadedEngine();
  LoadedEngine(const LoadedEngine&) = delete;
  LoadedEngine& operator=(const LoadedEngine&) = delete;

  // Frees the engine, after all its contexts. What it said of itself stays.
  void unload();

  // Until unload().
  CudaDevice& device() const { return *device_; }
  // Null after unload(). From any thread.
  std::shared_ptr<CudaDevice> shared_device() const;
  const EngineryBridgeExecution& bridge() const { return *tensorrt_.bridge->execution; }
  EngineryEngine* handle() const { return engine_; }
  EngineMemory& memory() const { return *memory_; }
  // A run then waits for its work, which cannot be recorded.
  bool streams_weights() const { return streams_weights_; }
  // Of the GPU's memory, that a context takes for itself.
  size_t scratch_bytes() const { return scratch_bytes_; }

  const std::vector<TensorSpec>& inputs() const { return inputs_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }
  // By place: inputs, then outputs.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  // Whether one of them lies in the CPU's memory.
  bool has_host_tensors() const;
  // By profile, then by input.
  const std::vector<std::vector<Bounds>>& profiles() const { return profiles_; }

  // A failure once a refit has failed half-way, until another goes well.
  Status sound() const;
  void refitted(bool sound) {
    sound_ = sound;
    ++refits_;
  }
  // How often its weights have changed.
  uint32_t refits() const { return refits_; }

  // The profile that takes these feeds: `preferred` where it does. -1 where none does.
  int32_t profile_for(const std::vector<TensorBuffer>& feeds, int32_t preferred) const;

 private:
  LoadedEngine() = default;
  Status open(const EngineOptions& options);
  Status deserialize(const EngineOptions& options, const EngineryBridgePlan& plan);
  Status count_weights(size_t plan_bytes);
  Status describe();
  bool takes(int32_t profile, const std::vector<TensorBuffer>& feeds) const;

  mutable std::mutex device_mutex_;
  std::shared_ptr<CudaDevice> device_;  // set and reset under the lock
  std::unique_ptr<EngineMemory> memory_;
  std::unique_ptr<EngineMemory::Share> weights_;
  size_t scratch_bytes_ = 0;
  bool streams_weights_ = false;
  TensorRT tensorrt_;
  EngineryEngine* engine_ = nullptr;
  std::atomic<bool> sound_{true};
  std::atomic<uint32_t> refits_{0};
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;
  std::vector<Tensor> tensors_;
  std::vector<std::vector<Bounds>> profiles_;
};

}  // namespace enginery
