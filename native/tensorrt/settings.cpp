#include "tensorrt/settings.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace enginery {
namespace {

using nvinfer1::BuilderFlag;
using nvinfer1::ComputeCapability;
using nvinfer1::IBuilderConfig;
using nvinfer1::ProfilingVerbosity;
using nvonnxparser::IParser;
using nvonnxparser::OnnxParserFlag;

struct Target {
  const char* name;
  ComputeCapability value;
};

constexpr Target kTargets[] = {
    {"current", ComputeCapability::kCURRENT}, {"sm75", ComputeCapability::kSM75}, {"sm80", ComputeCapability::kSM80},
    {"sm86", ComputeCapability::kSM86},       {"sm89", ComputeCapability::kSM89}, {"sm120", ComputeCapability::kSM120},
    {"sm121", ComputeCapability::kSM121},
};

bool flag(IBuilderConfig& config, BuilderFlag flag, bool on) {
  on ? config.setFlag(flag) : config.clearFlag(flag);
  return config.getFlag(flag) == on;
}

bool flag(IParser& parser, OnnxParserFlag flag, bool on) {
  on ? parser.setFlag(flag) : parser.clearFlag(flag);
  return parser.getFlag(flag) == on;
}

// A number that TensorRT takes as an int32_t, where negative ones have no meaning.
bool is_count(int64_t number) { return number >= 0 && number <= std::numeric_limits<int32_t>::max(); }

bool workspace(IBuilderConfig& config, int64_t bytes) {
  if (bytes < 0) return false;
  config.setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE, static_cast<size_t>(bytes));
  return config.getMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE) == static_cast<size_t>(bytes);
}

bool optimization_level(IBuilderConfig& config, int64_t level) {
  if (!is_count(level)) return false;
  config.setBuilderOptimizationLevel(static_cast<int32_t>(level));
  return config.getBuilderOptimizationLevel() == level;
}

bool max_aux_streams(IBuilderConfig& config, int64_t count) {
  if (!is_count(count)) return false;
  return config.setMaxAuxStreams(static_cast<int32_t>(count)) && config.getMaxAuxStreams() == count;
}

bool profiling_verbosity(IBuilderConfig& config, const char* name) {
  ProfilingVerbosity value;
  if (std::strcmp(name, "layerNamesOnly") == 0)
    value = ProfilingVerbosity::kLAYER_NAMES_ONLY;
  else if (std::strcmp(name, "none") == 0)
    value = ProfilingVerbosity::kNONE;
  else if (std::strcmp(name, "detailed") == 0)
    value = ProfilingVerbosity::kDETAILED;
  else
    return false;
  config.setProfilingVerbosity(value);
  return config.getProfilingVerbosity() == value;
}

// The public libraries of RTX 1.6 and 1.7, on a machine without a GPU, offer no route (getAllBuildRoutes() is empty)
// and refuse every one.
bool build_route(IBuilderConfig& config, const char* route) {
  if (!config.setBuildRoute(route)) return false;
  const char* set = config.getBuildRoute();
  return set != nullptr && std::strcmp(set, route) == 0;
}

bool targets(IBuilderConfig& config, const std::vector<const char*>& names) {
  if (!config.setNbComputeCapabilities(static_cast<int32_t>(names.size()))) return false;
  for (size_t i = 0; i < names.size(); ++i) {
    const Target* found = nullptr;
    for (const Target& target : kTargets) {
      if (std::strcmp(target.name, names[i]) == 0) found = &target;
    }
    const auto index = static_cast<int32_t>(i);
    if (found == nullptr || !config.setComputeCapability(found->value, index)) return false;
    if (config.getComputeCapability(index) != found->value) return false;
  }
  return config.getNbComputeCapabilities() == static_cast<int32_t>(names.size());
}

// False: refused, or no such setting here.
bool apply(const EngineryBridgeSetting& setting, int32_t library_version, IBuilderConfig& config, IParser& parser) {
  const std::string name = setting.name;
  const bool on = setting.number != 0;
  const char* text = setting.text != nullptr ? setting.text : "";
  if (name == "workspace") return workspace(config, setting.number);
  if (name == "optimizationLevel") return optimization_level(config, setting.number);
  if (name == "maxAuxStreams") return max_aux_streams(config, setting.number);
  if (name == "profilingVerbosity") return profiling_verbosity(config, text);
  if (name == "tf32") return flag(config, BuilderFlag::kTF32, on);
  if (name == "refit") return flag(config, BuilderFlag::kREFIT, on);
  if (name == "stripPlan") return flag(config, BuilderFlag::kSTRIP_PLAN, on);
  if (name == "parser.nativeInstanceNorm") return flag(parser, OnnxParserFlag::kNATIVE_INSTANCENORM, on);
  if (name == "parser.enablePluginOverride") return flag(parser, OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE, on);
  if (name == "buildRoute") {
    // A slot that RTX 1.5's vtable does not have: calling it there jumps into nowhere.
    if (library_version < version_number(1, 6)) return false;
    return build_route(config, text);
  }
  return false;
}

}  // namespace

int32_t apply_settings(Operation& operation, const EngineryBridgeBuild& build, IBuilderConfig& config,
                       IParser& parser) {
  const auto refuse = [&](const char* name) { return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, name); };
  std::vector<const char*> target_names;
  for (size_t i = 0; i < build.setting_count; ++i) {
    const EngineryBridgeSetting& setting = build.settings[i];
    if (std::strcmp(setting.name, "target") == 0) {
      target_names.push_back(setting.text != nullptr ? setting.text : "");
      continue;
    }
    const int errors = operation.errors;
    if (!apply(setting, operation.library.version, config, parser) || operation.errors != errors) {
      return refuse(setting.name);
    }
  }
  if (!target_names.empty()) {
    const int errors = operation.errors;
    if (!targets(config, target_names) || operation.errors != errors) return refuse("target");
  }
  return ENGINERY_BRIDGE_OK;
}

}  // namespace enginery
