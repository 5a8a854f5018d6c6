#include "tensorrt/settings.h"

#include <cstring>
#include <limits>

namespace enginery {
namespace {

using nvinfer1::IBuilderConfig;
using nvinfer1::ProfilingVerbosity;

constexpr Named<ProfilingVerbosity> kVerbosities[] = {
    {"layerNamesOnly", ProfilingVerbosity::kLAYER_NAMES_ONLY},
    {"none", ProfilingVerbosity::kNONE},
    {"detailed", ProfilingVerbosity::kDETAILED},
};

bool optimization_level(IBuilderConfig& config, int64_t level) {
  if (!is_count(level)) return false;
  config.setBuilderOptimizationLevel(static_cast<int32_t>(level));
  return config.getBuilderOptimizationLevel() == level;
}

bool max_aux_streams(IBuilderConfig& config, int64_t count) {
  if (!is_count(count)) return false;
  config.setMaxAuxStreams(static_cast<int32_t>(count));
  return config.getMaxAuxStreams() == count;
}

bool profiling_verbosity(IBuilderConfig& config, const char* name) {
  const ProfilingVerbosity* value = find_named(kVerbosities, name);
  if (value == nullptr) return false;
  config.setProfilingVerbosity(*value);
  return config.getProfilingVerbosity() == *value;
}

Taken apply_common(const Setting& setting, const Target& target) {
  if (setting.name == "optimizationLevel") return optimization_level(target.config, setting.number);
  if (setting.name == "maxAuxStreams") return max_aux_streams(target.config, setting.number);
  if (setting.name == "profilingVerbosity") return profiling_verbosity(target.config, setting.text());
  // Taken elsewhere: when the network is made, and before the model is parsed.
  if (ENGINERY_ENTERPRISE && setting.name == "plugins") return true;
#ifdef ENGINERY_FAMILY_ENT10
  if (setting.name == "weaklyTyped") return true;
#endif
  return std::nullopt;
}

std::vector<Setting> grouped(const EngineryBridgeBuild& build) {
  std::vector<Setting> settings;
  for (size_t i = 0; i < build.setting_count; ++i) {
    const EngineryBridgeSetting& plain = build.settings[i];
    const char* text = plain.text != nullptr ? plain.text : "";
    if (!settings.empty() && settings.back().name == plain.name) {
      settings.back().items.push_back(text);
    } else {
      settings.push_back({plain.name, plain.number, {text}});
    }
  }
  return settings;
}

bool apply(const Setting& setting, const Target& target) {
  for (const auto part : {apply_common, apply_flag, apply_memory_pool, apply_tactics, apply_portability}) {
    if (const Taken taken = part(setting, target)) return *taken;
  }
  return false;
}

}  // namespace

bool is_count(int64_t number) { return number >= 0 && number <= std::numeric_limits<int32_t>::max(); }

uint32_t network_flags(const EngineryBridgeBuild& build) {
#ifdef ENGINERY_FAMILY_ENT10
  for (size_t i = 0; i < build.setting_count; ++i) {
    if (std::strcmp(build.settings[i].name, "weaklyTyped") == 0 && build.settings[i].number != 0) return 0;
  }
  return 1U << static_cast<uint32_t>(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
#else
  static_cast<void>(build);
  return 0;  // these families know strong typing only
#endif
}

int32_t apply_settings(Operation& operation, const EngineryBridgeBuild& build, IBuilderConfig& config,
                       nvonnxparser::IParser& parser) {
  const Target target{config, parser, operation.library.version};
  for (const Setting& setting : grouped(build)) {
    const int errors = operation.errors;
    if (!apply(setting, target) || operation.errors != errors) {
      return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, setting.name);
    }
  }
  return ENGINERY_BRIDGE_OK;
}

}  // namespace enginery
