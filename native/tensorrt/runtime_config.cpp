#include "tensorrt/runtime_config.h"

#include <string>

#include "tensorrt/objects.h"
#include "tensorrt/settings.h"

namespace enginery {

#ifdef ENGINERY_FAMILY_RTX
namespace {

using nvinfer1::CudaGraphStrategy;
using nvinfer1::IRuntimeConfig;
using Specialization = nvinfer1::DynamicShapesKernelSpecializationStrategy;

constexpr Named<CudaGraphStrategy> kGraphStrategies[] = {
    {"disabled", CudaGraphStrategy::kDISABLED},
    {"wholeGraph", CudaGraphStrategy::kWHOLE_GRAPH_CAPTURE},
};

constexpr Named<Specialization> kSpecializations[] = {
    {"lazy", Specialization::kLAZY},
    {"eager", Specialization::kEAGER},
    {"none", Specialization::kNONE},
};

bool graph_strategy(IRuntimeConfig& config, const char* name) {
  const CudaGraphStrategy* const value = find_named(kGraphStrategies, name);
  return value != nullptr && config.setCudaGraphStrategy(*value) && config.getCudaGraphStrategy() == *value;
}

bool specialization(IRuntimeConfig& config, const char* name) {
  const Specialization* const value = find_named(kSpecializations, name);
  if (value == nullptr) return false;
  config.setDynamicShapesKernelSpecializationStrategy(*value);
  return config.getDynamicShapesKernelSpecializationStrategy() == *value;
}

bool apply_setting(IRuntimeConfig& config, const EngineryBridgeSetting& setting) {
  const std::string name = setting.name;
  const char* const text = setting.text != nullptr ? setting.text : "";
  if (name == "cudaGraphStrategy") return graph_strategy(config, text);
  if (name == "specializationStrategy") return specialization(config, text);
  return false;
}

}  // namespace

int32_t RuntimeConfig::apply(Operation& operation, nvinfer1::ICudaEngine& engine,
                             const EngineryBridgeContextOptions& options) {
  config_.reset(engine.createRuntimeConfig());
  if (!config_) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createRuntimeConfig");
  for (size_t i = 0; i < options.setting_count; ++i) {
    const int errors = operation.errors;
    if (!apply_setting(*config_, options.settings[i]) || operation.errors != errors) {
      return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, options.settings[i].name);
    }
  }
  cache_.reset(config_->createRuntimeCache());
  if (!cache_) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createRuntimeCache");
  if (options.runtime_cache != nullptr && !cache_->deserialize(options.runtime_cache, options.runtime_cache_size)) {
    operation.warn("The runtime cache belongs to another version of TensorRT-RTX, GPU or driver: it is not used");
    cache_->reset();  // before 1.6 there is no word of what a refused cache leaves behind
  }
  if (!config_->setRuntimeCache(*cache_)) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "setRuntimeCache");
  return ENGINERY_BRIDGE_OK;
}

nvinfer1::IExecutionContext* RuntimeConfig::create_context(nvinfer1::ICudaEngine& engine) const {
  return engine.createExecutionContext(config_.get());
}

bool RuntimeConfig::save_cache(const EngineryBridgeCallbacks& callbacks) const {
  const std::unique_ptr<nvinfer1::IHostMemory> bytes(cache_->serialize());
  return bytes && write(callbacks, *bytes);
}

bool RuntimeConfig::merge_caches(nvinfer1::ICudaEngine& engine, const EngineryBridgeBytes& first,
                                 const EngineryBridgeBytes& second, const EngineryBridgeCallbacks& callbacks) {
  const std::unique_ptr<IRuntimeConfig> config(engine.createRuntimeConfig());
  if (!config) return false;
  const std::unique_ptr<nvinfer1::IRuntimeCache> cache(config->createRuntimeCache());
  if (!cache || !cache->deserialize(first.data, first.size) || !cache->deserialize(second.data, second.size)) {
    return false;
  }
  const std::unique_ptr<nvinfer1::IHostMemory> bytes(cache->serialize());
  return bytes && write(callbacks, *bytes);
}
#else
int32_t RuntimeConfig::apply(Operation& operation, nvinfer1::ICudaEngine&,
                             const EngineryBridgeContextOptions& options) {
  if (options.setting_count > 0) {
    return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, options.settings[0].name);
  }
  if (options.runtime_cache != nullptr) return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, "runtimeCache");
  return ENGINERY_BRIDGE_OK;
}

nvinfer1::IExecutionContext* RuntimeConfig::create_context(nvinfer1::ICudaEngine& engine) const {
  return engine.createExecutionContext();
}

bool RuntimeConfig::save_cache(const EngineryBridgeCallbacks&) const { return true; }

bool RuntimeConfig::merge_caches(nvinfer1::ICudaEngine&, const EngineryBridgeBytes&, const EngineryBridgeBytes&,
                                 const EngineryBridgeCallbacks&) {
  return false;
}
#endif

}  // namespace enginery
