// An execution context: the state that runs are made of. Enqueueing is in enqueue.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calls.h"
#include "emulator/tensorrt/engine.h"
#include "emulator/tensorrt/run.h"
#include "emulator/tensorrt/runtime_config.h"

namespace enginery::emulator {

class Context final : public ExecutionContextCalls {
 public:
  // Null, and a line in the log, where there is no memory.
  static Context* create(Engine& engine, const ContextOptions& options);
  ~Context() override;

 private:
  // What is set for one input or output.
  struct Slot {
    std::vector<int64_t> dims;  // of an input; empty and not `set`: as the network has it
    bool set = false;
    void* address = nullptr;
    IOutputAllocator* allocator = nullptr;
  };

  Context(Engine& engine, const ContextOptions& options);

  // Shapes (context_shapes.cpp).
  std::vector<int64_t> input_dims(size_t place) const;
  bool within_profile(size_t place, const std::vector<int64_t>& dims) const;
  std::vector<std::string> unspecified() const;
  std::string shape_values(size_t place) const;
  bool values_within_profile(size_t place, const std::string& values) const;
  std::shared_ptr<const ShapeOutputs> output_shapes() const;
  std::vector<HostOutput> host_outputs(const ShapeOutputs& shapes) const;
  bool allocate_scratch();
  size_t scratch_bytes() const;

  // Enqueueing (enqueue.cpp).
  bool may_enqueue(CUstream stream, bool capturing) const;
  bool addresses_are_set() const;
  bool fill(Run& run, const ShapeOutputs& shapes, CUstream stream);
  bool take_memory(RunTensor& output, const std::vector<int64_t>& dims, size_t bytes, CUstream stream);
  bool allocate_outputs(Run& run, const ShapeOutputs& shapes, CUstream stream);
  bool launch(Run& run, CUstream stream, bool capturing);
  bool finish_kept(Run& run, CUstream stream);
  bool copy_only(const Run& run, CUstream stream);
  void report_layers() const;
  bool is_capturing(CUstream stream) const;
  bool has_data_dependent_output() const;
  bool cuda_error(CUresult status, const char* what) const;

  const ICudaEngine& do_getEngine() const noexcept override { return engine_; }
  void do_setName(const char* name) noexcept override { name_ = name; }
  const char* do_getName() const noexcept override { return name_.c_str(); }
  int32_t do_getOptimizationProfile() const noexcept override { return profile_; }
  bool do_setOptimizationProfileAsync(int32_t profile, cudaStream_t stream) noexcept override;
  bool do_setInputShape(const char* name, const Dims& dims) noexcept override;
  Dims do_getTensorShape(const char* name) const noexcept override;
  int32_t do_inferShapes(int32_t count, const char** names) noexcept override;
  bool do_allInputDimensionsSpecified() const noexcept override;
#ifdef ENGINERY_FAMILY_ENT10
  bool do_allInputShapesSpecified() const noexcept override { return unspecified().empty(); }
#endif
  bool do_setTensorAddress(const char* name, void* data) noexcept override;
  const void* do_getTensorAddress(const char* name) const noexcept override;
  bool do_setInputTensorAddress(const char* name, const void* data) noexcept override;
  bool do_setOutputTensorAddress(const char* name, void* data) noexcept override;
  void* do_getOutputTensorAddress(const char* name) const noexcept override;
  bool do_setOutputAllocator(const char* name, IOutputAllocator* allocator) noexcept override;
  IOutputAllocator* do_getOutputAllocator(const char* name) noexcept override;
  int64_t do_getMaxOutputSize(const char* name) const noexcept override;
  bool do_setInputConsumedEvent(cudaEvent_t event) noexcept override { return consumed_ = event, true; }
  cudaEvent_t do_getInputConsumedEvent() const noexcept override { return consumed_; }
  size_t do_updateDeviceMemorySizeForShapes() noexcept override;
  void do_setDeviceMemory(void* memory) noexcept override;
  void do_setDeviceMemoryV2(void* memory, int64_t size) noexcept override;
  void do_setAuxStreams(cudaStream_t* streams, int32_t count) noexcept override;
  void do_setPersistentCacheLimit(size_t bytes) noexcept override { persistent_cache_ = bytes; }
  size_t do_getPersistentCacheLimit() const noexcept override { return persistent_cache_; }
  bool do_setNvtxVerbosity(ProfilingVerbosity verbosity) noexcept override { return nvtx_ = verbosity, true; }
  ProfilingVerbosity do_getNvtxVerbosity() const noexcept override { return nvtx_; }
  void do_setProfiler(IProfiler* profiler) noexcept override { profiler_ = profiler; }
  IProfiler* do_getProfiler() const noexcept override { return profiler_; }
  void do_setEnqueueEmitsProfile(bool emits) noexcept override { emits_profile_ = emits; }
  bool do_getEnqueueEmitsProfile() const noexcept override { return emits_profile_; }
  bool do_reportToProfiler() const noexcept override;
  bool do_enqueueV3(cudaStream_t stream) noexcept override;
#ifdef ENGINERY_FAMILY_RTX
  bool do_isStreamCapturable(cudaStream_t stream) const noexcept override;
#endif

  Engine& engine_;
  const std::shared_ptr<EngineCore> core_;
  const ContextOptions options_;
  const Dependents::One one_;
  const Dependents::One cache_user_;
  const std::shared_ptr<Flight> flight_ = std::make_shared<Flight>();
  std::string name_;
  int32_t profile_ = 0;
  std::vector<Slot> slots_;
  mutable std::shared_ptr<const ShapeOutputs> outputs_;  // for the shapes that are set; null: to be found
  DeviceMemory own_scratch_;
  void* given_scratch_ = nullptr;
  int64_t given_bytes_ = 0;
  CUevent consumed_ = nullptr;
  CUstream last_stream_ = nullptr;
  bool warm_ = false;  // enqueued once since the profile or a shape changed
  bool profiled_ = false;
  IProfiler* profiler_ = nullptr;
  bool emits_profile_ = true;
  size_t persistent_cache_ = 0;
  ProfilingVerbosity nvtx_ = ProfilingVerbosity::kLAYER_NAMES_ONLY;
};

}  // namespace enginery::emulator
