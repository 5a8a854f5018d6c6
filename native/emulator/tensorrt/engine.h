// An engine.
#pragma once

#include <memory>
#include <mutex>

#include "calls.h"
#include "emulator/tensorrt/engine_core.h"
#include "emulator/tensorrt/runtime_config.h"

namespace enginery::emulator {

class Engine final : public CudaEngineCalls {
 public:
  // Null, and a line in the log, where there is no memory or the model cannot be opened.
  static Engine* create(ILogger& logger, const Driver& cuda, CUcontext context, Plan plan, const Dependents& engines);
  ~Engine() override;

  const std::shared_ptr<EngineCore>& core() const { return core_; }
  const Dependents& contexts() const { return contexts_; }
  const Dependents& refitters() const { return refitters_; }
  const Dependents& inspectors() const { return inspectors_; }

 private:
  Engine(ILogger& logger, std::shared_ptr<EngineCore> core, const Dependents& engines);

  bool is_current(const char* function) const;
  const PlanRange* range(const char* name, int32_t profile) const;
  const std::vector<int64_t>* shape_values(const char* name, int32_t profile, OptProfileSelector select) const;
  int64_t weight_bytes() const;
  bool place_weights();
  IExecutionContext* create_context(const ContextOptions& options);

  int32_t do_getNbLayers() const noexcept override { return static_cast<int32_t>(core_->graph.nodes.size()); }
  IHostMemory* do_serialize() const noexcept override;
  IExecutionContext* do_createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept override;
  IExecutionContext* do_createExecutionContextWithRuntimeConfig(IRuntimeConfig* config) noexcept override;
  IRuntimeConfig* do_createRuntimeConfig() noexcept override;
  bool do_isRefittable() const noexcept override { return core_->plan.refittable(); }
  const char* do_getName() const noexcept override { return core_->plan.name.c_str(); }
  int32_t do_getNbOptimizationProfiles() const noexcept override;
  EngineCapability do_getEngineCapability() const noexcept override { return EngineCapability::kSTANDARD; }
  ProfilingVerbosity do_getProfilingVerbosity() const noexcept override;
  IEngineInspector* do_createEngineInspector() const noexcept override;
  int32_t do_getNbIOTensors() const noexcept override { return static_cast<int32_t>(core_->plan.tensors.size()); }
  const char* do_getIOTensorName(int32_t index) const noexcept override;
  Dims do_getTensorShape(const char* name) const noexcept override;
  DataType do_getTensorDataType(const char* name) const noexcept override;
  TensorLocation do_getTensorLocation(const char* name) const noexcept override;
  bool do_isShapeInferenceIO(const char* name) const noexcept override;
  TensorIOMode do_getTensorIOMode(const char* name) const noexcept override;
  int32_t do_getTensorBytesPerComponent(const char*) const noexcept override { return -1; }
  int32_t do_getTensorComponentsPerElement(const char*) const noexcept override { return -1; }
  int32_t do_getTensorVectorizedDim(const char*) const noexcept override { return -1; }
  TensorFormat do_getTensorFormat(const char*) const noexcept override { return TensorFormat::kLINEAR; }
  TensorFormat do_getTensorFormatV2(const char*, int32_t) const noexcept override { return TensorFormat::kLINEAR; }
  const char* do_getTensorFormatDesc(const char*) const noexcept override { return "Row-major linear format"; }
  Dims do_getProfileShape(const char* name, int32_t profile, OptProfileSelector select) const noexcept override;
  const int64_t* do_getProfileTensorValuesV2(const char* name, int32_t profile,
                                             OptProfileSelector select) const noexcept override;
#ifdef ENGINERY_FAMILY_ENT10
  const int32_t* do_getProfileTensorValues(const char* name, int32_t profile,
                                           OptProfileSelector select) const noexcept override;
  size_t do_getDeviceMemorySize() const noexcept override { return static_cast<size_t>(do_getDeviceMemorySizeV2()); }
#endif
  HardwareCompatibilityLevel do_getHardwareCompatibilityLevel() const noexcept override;
  int32_t do_getNbAuxStreams() const noexcept override { return core_->plan.aux_streams; }
  int64_t do_getDeviceMemorySizeV2() const noexcept override;
  int64_t do_getDeviceMemorySizeForProfileV2(int32_t profile) const noexcept override;
  int64_t do_getStreamableWeightsSize() const noexcept override;
  bool do_setWeightStreamingBudgetV2(int64_t bytes) noexcept override;
  int64_t do_getWeightStreamingBudgetV2() const noexcept override { return budget_; }
  int64_t do_getWeightStreamingAutomaticBudget() const noexcept override { return do_getStreamableWeightsSize() / 2; }
  int64_t do_getWeightStreamingScratchMemorySize() const noexcept override { return 0; }
  IRefitter* do_createRefitter(ILogger& logger) noexcept override;
  int64_t do_getEngineStat(EngineStat stat) const noexcept override;
  const char* do_getAliasedInputTensor(const char* name) const noexcept override;
  bool do_isDebugTensor(const char*) const noexcept override { return false; }
#ifdef ENGINERY_FAMILY_RTX
  bool do_areWeightsLoaded() const noexcept override { return true; }
#endif

  const std::shared_ptr<EngineCore> core_;
  const Dependents::One one_;
  const Dependents contexts_;
  const Dependents refitters_;
  const Dependents inspectors_;
  DeviceMemory weights_;             // those that cannot be streamed, and all else
  DeviceMemory streamable_weights_;  // as many as the budget has room for
  std::mutex placing_;               // several threads may make contexts
  bool placed_ = false;
  int64_t budget_ = 0;
  mutable std::vector<int32_t> narrow_values_;
};

}  // namespace enginery::emulator
