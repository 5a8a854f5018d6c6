#include "tensorrt/engine.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "tensorrt/logger.h"
#include "tensorrt/names.h"
#include "tensorrt/objects.h"
#include "tensorrt/plugins.h"
#include "tensorrt/validity.h"
#include "tensorrt/weight_budget.h"

namespace enginery {
namespace {

using nvinfer1::Dims;
using nvinfer1::ICudaEngine;
using nvinfer1::OptProfileSelector;
using nvinfer1::TensorIOMode;

bool is_host(const ICudaEngine& engine, const char* name) {
  return engine.getTensorLocation(name) == nvinfer1::TensorLocation::kHOST || engine.isShapeInferenceIO(name);
}

bool is_linear(const ICudaEngine& engine, const char* name, int32_t profiles) {
  for (int32_t profile = 0; profile < profiles; ++profile) {
    if (engine.getTensorFormat(name, profile) != nvinfer1::TensorFormat::kLINEAR) return false;
  }
  return true;
}

int64_t scratch_bytes(const ICudaEngine& engine, [[maybe_unused]] int32_t library_version) {
#ifdef ENGINERY_FAMILY_ENT10
  if (library_version < version_number(10, 1)) return static_cast<int64_t>(engine.getDeviceMemorySize());
#endif
  return engine.getDeviceMemorySizeV2();
}

// The name of the input in whose memory an output is made; null where it has its own.
const char* aliased_input(const ICudaEngine& engine, const char* output, [[maybe_unused]] int32_t library_version) {
#ifdef ENGINERY_FAMILY_ENT10
  if (library_version < version_number(10, 15)) return nullptr;
#endif
  return engine.getAliasedInputTensor(output);
}

size_t element_count(const EngineryBridgeIoTensor& tensor) {
  size_t count = 1;
  for (int32_t i = 0; i < tensor.rank; ++i) count *= static_cast<size_t>(std::max<int64_t>(tensor.dims[i], 0));
  return count;
}

}  // namespace

int32_t Engine::load(Operation& operation, const EngineryBridgePlan& plan, std::shared_ptr<const Engine>& out) {
  const std::shared_ptr<Engine> engine(new Engine(operation.library));
  int32_t status = engine->deserialize(operation, plan);
  if (status != ENGINERY_BRIDGE_OK) return status;
  const bool budgeted = plan.weight_budget != ENGINERY_BRIDGE_NO_BUDGET;
  if (budgeted && !set_weight_budget(operation, engine->engine(), plan.weight_budget, engine->info_.streamed_bytes)) {
    return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, "weightStreamingBudget");
  }
  status = engine->describe(operation);
  if (status == ENGINERY_BRIDGE_OK) out = engine;
  return status;
}

int32_t Engine::deserialize(Operation& operation, const EngineryBridgePlan& plan) {
  register_plugins(library_);
  runtime_.reset(create_runtime(library_));
  if (!runtime_) return ENGINERY_BRIDGE_NO_RUNTIME;
  const int32_t validity = check_validity(operation, *runtime_, plan);
  if (validity != ENGINERY_BRIDGE_OK) return validity;
  // No plan of TensorRT-RTX holds code for the CPU.
  if (ENGINERY_ENTERPRISE) runtime_->setEngineHostCodeAllowed(plan.host_code_allowed != 0);
  engine_.reset(runtime_->deserializeCudaEngine(plan.data, plan.size));
  return engine_ ? ENGINERY_BRIDGE_OK : ENGINERY_BRIDGE_NO_ENGINE;
}

// What TensorRT fails to say looks like something that it says, but for the log.
int32_t Engine::describe(Operation& operation) {
  const int errors = operation.errors;
  const char* const name = engine_->getName();
  info_.name = name != nullptr ? name : "";
  info_.profiles = engine_->getNbOptimizationProfiles();
  info_.refittable = engine_->isRefittable() ? 1 : 0;
  info_.scratch_bytes = scratch_bytes(*engine_, library_.version);
  add_tensors(TensorIOMode::kINPUT);
  info_.inputs = static_cast<int32_t>(tensors_.size());
  add_tensors(TensorIOMode::kOUTPUT);
  info_.outputs = static_cast<int32_t>(tensors_.size()) - info_.inputs;
  for (const EngineryBridgeIoTensor& tensor : tensors_) {
    if (is_linear(*engine_, tensor.name, info_.profiles)) continue;
    operation.error("The elements of " + std::string(tensor.name) +
                    " do not lie in the order of its dimensions: build the engine with linear formats of inputs and "
                    "outputs");
    return ENGINERY_BRIDGE_NO_ENGINE;
  }
  for (int32_t profile = 0; profile < info_.profiles; ++profile) {
    for (int32_t input = 0; input < info_.inputs; ++input) {
      const EngineryBridgeIoTensor& tensor = tensors_[static_cast<size_t>(input)];
      bounds_.push_back({bound(tensor, profile, OptProfileSelector::kMIN),
                         bound(tensor, profile, OptProfileSelector::kOPT),
                         bound(tensor, profile, OptProfileSelector::kMAX)});
    }
  }
  return operation.errors == errors ? ENGINERY_BRIDGE_OK : operation.refuse(ENGINERY_BRIDGE_INTERNAL, "ICudaEngine");
}

void Engine::add_tensors(TensorIOMode mode) {
  for (int32_t i = 0; i < engine_->getNbIOTensors(); ++i) {
    const char* const name = engine_->getIOTensorName(i);
    if (name == nullptr || engine_->getTensorIOMode(name) != mode) continue;
    const Dims dims = engine_->getTensorShape(name);
    const int32_t alias =
        mode == TensorIOMode::kOUTPUT ? place_of(aliased_input(*engine_, name, library_.version)) : -1;
    EngineryBridgeIoTensor tensor{
        name, name_of(engine_->getTensorDataType(name)), is_host(*engine_, name) ? 1 : 0, alias, dims.nbDims, {}};
    std::copy_n(dims.d, std::clamp<int32_t>(dims.nbDims, 0, ENGINERY_BRIDGE_MAX_RANK), tensor.dims);
    tensors_.push_back(tensor);
  }
}

// -1 where there is none.
int32_t Engine::place_of(const char* input) const {
  for (int32_t place = 0; input != nullptr && place < info_.inputs; ++place) {
    if (std::strcmp(tensors_[static_cast<size_t>(place)].name, input) == 0) return place;
  }
  return -1;
}

// Empty where there is none.
std::vector<int64_t> Engine::bound(const EngineryBridgeIoTensor& input, int32_t profile,
                                   OptProfileSelector which) const {
  if (input.host != 0) return values(input.name, profile, which, element_count(input));
  const Dims dims = engine_->getProfileShape(input.name, profile, which);
  return {dims.d, dims.d + std::max(dims.nbDims, 0)};
}

const int64_t* Engine::wide_values(const char* input, int32_t profile, OptProfileSelector which) const {
  if (ENGINERY_ENTERPRISE && library_.version < version_number(10, 11)) return nullptr;
#ifdef ENGINERY_FAMILY_ENT10
  const LogScope nowhere(nullptr);  // it may complain of values that were set as narrow ones
#endif
  return engine_->getProfileTensorValuesV2(input, profile, which);
}

std::vector<int64_t> Engine::values(const char* input, int32_t profile, OptProfileSelector which, size_t count) const {
  const int64_t* const wide = wide_values(input, profile, which);
  if (wide != nullptr) return {wide, wide + count};
#ifdef ENGINERY_FAMILY_ENT10
  // Each of the two knows only what was set by its like when the engine was built.
  const int32_t* const narrow = engine_->getProfileTensorValues(input, profile, which);
  if (narrow != nullptr) return {narrow, narrow + count};
#endif
  return {};
}

bool Engine::inspect(const nvinfer1::IExecutionContext* context, const EngineryBridgeCallbacks& callbacks) const {
  const std::unique_ptr<nvinfer1::IEngineInspector> inspector(engine_->createEngineInspector());
  if (!inspector || (context != nullptr && !inspector->setExecutionContext(context))) return false;
  const char* const json = inspector->getEngineInformation(nvinfer1::LayerInformationFormat::kJSON);
  return json != nullptr && callbacks.write(callbacks.user, json, std::strlen(json)) != 0;
}

bool Engine::bounds(int32_t profile, int32_t input, EngineryBridgeBounds& out) const {
  if (profile < 0 || profile >= info_.profiles || input < 0 || input >= info_.inputs) return false;
  const Bounds& found =
      bounds_[static_cast<size_t>(profile) * static_cast<size_t>(info_.inputs) + static_cast<size_t>(input)];
  // An input with no dimensions has bounds of none; one without bounds has dimensions or elements.
  const EngineryBridgeIoTensor& tensor = tensors_[static_cast<size_t>(input)];
  if (found.min.empty() && (tensor.host != 0 ? element_count(tensor) : static_cast<size_t>(tensor.rank)) != 0) {
    return false;
  }
  out = {static_cast<int32_t>(found.min.size()), found.min.data(), found.opt.data(), found.max.data()};
  return true;
}

}  // namespace enginery
