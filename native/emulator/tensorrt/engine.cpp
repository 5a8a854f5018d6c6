#include "emulator/tensorrt/engine.h"

#include <algorithm>

#include "emulator/tensorrt/context.h"
#include "emulator/tensorrt/host_memory.h"
#include "emulator/tensorrt/inspector.h"
#include "emulator/tensorrt/refitter.h"
#include "emulator/tensorrt/runtime_config.h"
#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {

Engine* Engine::create(ILogger& logger, const Driver& cuda, CUcontext context, Plan plan, const Dependents& engines) {
  const auto fail = [&](const std::string& why) -> Engine* {
    logger.log(Severity::kERROR, why.c_str());
    return nullptr;
  };
  auto core = std::make_shared<EngineCore>(cuda, context, std::move(plan));
  if (!read_graph(core->plan.model, core->graph)) return fail("Error Code 1: Serialization (no ONNX in the plan)");
  core->complete = !core->plan.has(BuilderFlag::kSTRIP_PLAN);
  if (cuda.emulated()) {
    std::shared_ptr<const Model> model;
    const Status status = Model::open(core->plan.model, core->plan.model_path, model);
    if (!status.ok()) return fail("Error Code 1: Serialization (" + status.message + ")");
    core->set_model(std::move(model));
  }
  auto engine = std::unique_ptr<Engine>(new Engine(logger, std::move(core), engines));
  const size_t all = engine->core_->plan.model.size();
  const auto streamable = static_cast<size_t>(engine->do_getStreamableWeightsSize());
  if (engine->weights_.allocate(all - std::min(streamable, all - 1))) return engine.release();
  return fail("Error Code 2: OutOfMemory (no memory for the weights of the engine)");
}

Engine::Engine(ILogger& logger, std::shared_ptr<EngineCore> core, const Dependents& engines)
    : CudaEngineCalls(logger),
      core_(std::move(core)),
      one_(engines),
      weights_(core_->cuda),
      streamable_weights_(core_->cuda) {
  budget_ = do_getStreamableWeightsSize();
}

Engine::~Engine() {
  if (contexts_.any()) breach("ICudaEngine is destroyed before its IExecutionContext");
  if (refitters_.any()) breach("ICudaEngine is destroyed before its IRefitter");
  if (inspectors_.any()) breach("ICudaEngine is destroyed before its IEngineInspector");
  is_current("~ICudaEngine");
}

bool Engine::is_current(const char* function) const {
  CUcontext context = nullptr;
  if (core_->cuda.cuCtxGetCurrent(&context) != CUDA_SUCCESS) {
    return error(std::string(function) + ": Error Code 1: Cuda Driver (cuCtxGetCurrent)");
  }
  return context == core_->context ||
         breach(std::string(function) + ": the current CUDA context is not the one of the engine");
}

IHostMemory* Engine::do_serialize() const noexcept { return new HostMemory(logger(), write_plan(core_->plan)); }

IExecutionContext* Engine::do_createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept {
  ContextOptions options;
  options.strategy = strategy;
  return create_context(options);
}

IExecutionContext* Engine::do_createExecutionContextWithRuntimeConfig(IRuntimeConfig* config) noexcept {
  return config != nullptr ? create_context(static_cast<RuntimeConfig*>(config)->options()) : nullptr;
}

IExecutionContext* Engine::create_context(const ContextOptions& options) {
  if (!is_current("ICudaEngine::createExecutionContext")) return nullptr;
  {
    std::lock_guard lock(placing_);
    if (!placed_ && !place_weights()) return nullptr;
  }
  return Context::create(*this, options);
}

IRuntimeConfig* Engine::do_createRuntimeConfig() noexcept { return new RuntimeConfig(logger()); }

int32_t Engine::do_getNbOptimizationProfiles() const noexcept { return core_->profiles(); }

ProfilingVerbosity Engine::do_getProfilingVerbosity() const noexcept {
  return static_cast<ProfilingVerbosity>(core_->plan.verbosity);
}

IEngineInspector* Engine::do_createEngineInspector() const noexcept { return new Inspector(*this); }

const char* Engine::do_getIOTensorName(int32_t index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < core_->plan.tensors.size() ? core_->plan.tensors[place].name.c_str() : nullptr;
}

Dims Engine::do_getTensorShape(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  return tensor == nullptr ? failure<Dims>() : to_dims(tensor->dims);
}

DataType Engine::do_getTensorDataType(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  return tensor == nullptr ? DataType::kFLOAT : tensor->type;
}

TensorLocation Engine::do_getTensorLocation(const char* name) const noexcept {
  return do_isShapeInferenceIO(name) ? TensorLocation::kHOST : TensorLocation::kDEVICE;
}

bool Engine::do_isShapeInferenceIO(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  return tensor != nullptr && tensor->shape;
}

const char* Engine::do_getAliasedInputTensor(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  return tensor == nullptr || tensor->alias.empty() ? nullptr : tensor->alias.c_str();
}

TensorIOMode Engine::do_getTensorIOMode(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  if (tensor == nullptr) return TensorIOMode::kNONE;
  return tensor->output ? TensorIOMode::kOUTPUT : TensorIOMode::kINPUT;
}

const PlanRange* Engine::range(const char* name, int32_t profile) const {
  const auto place = static_cast<size_t>(profile);
  if (name == nullptr || place >= core_->plan.profiles.size()) return nullptr;
  const auto found = core_->plan.profiles[place].find(name);
  return found == core_->plan.profiles[place].end() ? nullptr : &found->second;
}

Dims Engine::do_getProfileShape(const char* name, int32_t profile, OptProfileSelector select) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  if (tensor == nullptr || tensor->output || profile < 0 || profile >= do_getNbOptimizationProfiles()) {
    return failure<Dims>();
  }
  const PlanRange* const found = range(name, profile);
  const bool given = found != nullptr && !found->dims[0].empty();
  return to_dims(given ? found->dims[static_cast<int>(select)] : tensor->dims);
}

const std::vector<int64_t>* Engine::shape_values(const char* name, int32_t profile, OptProfileSelector select) const {
  const PlanRange* const found = range(name, profile);
  if (found == nullptr || found->values[0].empty()) return nullptr;
  return &found->values[static_cast<int>(select)];
}

const int64_t* Engine::do_getProfileTensorValuesV2(const char* name, int32_t profile,
                                                   OptProfileSelector select) const noexcept {
  const auto* const values = shape_values(name, profile, select);
  return values == nullptr ? nullptr : values->data();
}

#ifdef ENGINERY_FAMILY_ENT10
const int32_t* Engine::do_getProfileTensorValues(const char* name, int32_t profile,
                                                 OptProfileSelector select) const noexcept {
  const auto* const values = shape_values(name, profile, select);
  if (values == nullptr) return nullptr;
  narrow_values_.assign(values->begin(), values->end());
  return narrow_values_.data();
}
#endif

HardwareCompatibilityLevel Engine::do_getHardwareCompatibilityLevel() const noexcept {
  return static_cast<HardwareCompatibilityLevel>(core_->plan.hardware_compatibility);
}

int64_t Engine::do_getDeviceMemorySizeV2() const noexcept {
  int64_t most = 0;
  for (int32_t i = 0; i < do_getNbOptimizationProfiles(); ++i) {
    most = std::max(most, do_getDeviceMemorySizeForProfileV2(i));
  }
  return most;
}

int64_t Engine::do_getDeviceMemorySizeForProfileV2(int32_t profile) const noexcept {
  return static_cast<int64_t>(core_->scratch_bytes(static_cast<size_t>(profile)));
}

int64_t Engine::weight_bytes() const {
  int64_t bytes = 0;
  for (const OnnxWeights& weights : core_->graph.weights) bytes += static_cast<int64_t>(weights.size);
  return bytes;
}

int64_t Engine::do_getStreamableWeightsSize() const noexcept {
  return core_->plan.has(BuilderFlag::kWEIGHT_STREAMING) ? weight_bytes() : 0;
}

// With the budget, or with the first context: an engine is loaded before it is known whether its weights fit.
bool Engine::place_weights() {
  streamable_weights_.reset();
  placed_ = budget_ == 0 || streamable_weights_.allocate(static_cast<size_t>(budget_));
  return placed_ || error("Error Code 2: OutOfMemory (no memory for the weights of the engine)");
}

bool Engine::do_setWeightStreamingBudgetV2(int64_t bytes) noexcept {
  if (!core_->plan.has(BuilderFlag::kWEIGHT_STREAMING)) return error("The engine was not built for weight streaming");
  if (contexts_.any()) return breach("ICudaEngine::setWeightStreamingBudgetV2: there are execution contexts");
  if (bytes < 0) return error("ICudaEngine::setWeightStreamingBudgetV2: negative");
  budget_ = std::min(bytes, do_getStreamableWeightsSize());
  core_->streaming = budget_ < do_getStreamableWeightsSize();
  return place_weights();
}

IRefitter* Engine::do_createRefitter(ILogger& logger) noexcept { return Refitter::create(*this, logger); }

int64_t Engine::do_getEngineStat(EngineStat stat) const noexcept {
  const bool stripped = core_->plan.has(BuilderFlag::kSTRIP_PLAN);
  return stat == EngineStat::kSTRIPPED_WEIGHTS_SIZE && !stripped ? 0 : weight_bytes();
}

}  // namespace enginery::emulator
