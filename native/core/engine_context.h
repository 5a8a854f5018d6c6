// An execution context of an engine. The device is entered in all calls but the destructor's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/bridge_log.h"
#include "core/cuda_stream.h"
#include "core/engine_options.h"
#include "core/layer_times.h"
#include "core/loaded_engine.h"
#include "core/runtime_cache.h"

namespace enginery {

class EngineContext {
 public:
  EngineContext(const LoadedEngine& engine, const EngineOptions& options);
  ~EngineContext();
  EngineContext(const EngineContext&) = delete;
  EngineContext& operator=(const EngineContext&) = delete;

  Status create(const EngineOptions& options, const RuntimeCache& cache);

  // What TensorRT said of runs before is not about this one.
  void begin_run() { log_.forget(); }

  // Outputs are counted after the inputs. The stream is the one of all runs.
  Status set_profile(int32_t profile, const CudaStream& stream);
  Status set_shape(size_t input, const std::vector<int64_t>& dims);
  Status set_address(size_t place, void* address);
  Status set_allocator(size_t place, const EngineryBridgeOutputAllocator& allocator);
  // -1 where only the run tells.
  Status output_dims(size_t place, std::vector<int64_t>& dims);
  Status enqueue(const CudaStream& stream);

  EngineryContext* handle() const { return context_; }

  // The kernels that were compiled for this context; empty where the product keeps none.
  std::vector<uint8_t> compiled_kernels();

 private:
  Status make(const EngineryBridgeContextOptions& options);

  // TensorRT said no, and why is in the log. Whether the device is lost, and the log tells no more than what came of
  // that, the caller asks.
  Status refused(const char* code, const std::string& what);
  Status refused_for(size_t place, const std::string& what);

  const LoadedEngine& engine_;
  const EngineryBridgeExecution& bridge_;
  BridgeLog log_;
  EngineMemory::Share scratch_;
  std::unique_ptr<LayerRecorder> layers_;  // null: they are not timed
  EngineryContext* context_ = nullptr;
};

}  // namespace enginery
