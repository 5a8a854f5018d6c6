// Settings of where an engine will run, and with what beside it.
#include <cstring>

#include "tensorrt/settings.h"

namespace enginery {
namespace {

using nvinfer1::IBuilderConfig;

#if ENGINERY_ENTERPRISE
using nvinfer1::HardwareCompatibilityLevel;
using nvinfer1::RuntimePlatform;

constexpr Named<HardwareCompatibilityLevel> kCompatibilityLevels[] = {
    {"none", HardwareCompatibilityLevel::kNONE},
    {"amperePlus", HardwareCompatibilityLevel::kAMPERE_PLUS},
    {"sameComputeCapability", HardwareCompatibilityLevel::kSAME_COMPUTE_CAPABILITY},
};

constexpr Named<RuntimePlatform> kPlatforms[] = {
    {"sameAsBuild", RuntimePlatform::kSAME_AS_BUILD},
    {"windowsAMD64", RuntimePlatform::kWINDOWS_AMD64},
};

bool hardware_compatibility(IBuilderConfig& config, const char* name) {
  const HardwareCompatibilityLevel* level = find_named(kCompatibilityLevels, name);
  if (level == nullptr) return false;
  config.setHardwareCompatibilityLevel(*level);
  return config.getHardwareCompatibilityLevel() == *level;
}

bool runtime_platform(const Target& target, const char* name) {
  const RuntimePlatform* platform = find_named(kPlatforms, name);
  if (target.library_version < version_number(10, 2) || platform == nullptr) return false;
  target.config.setRuntimePlatform(*platform);
  return target.config.getRuntimePlatform() == *platform;
}

bool plugins_to_serialize(IBuilderConfig& config, const std::vector<const char*>& paths) {
  const auto count = static_cast<int32_t>(paths.size());
  config.setPluginsToSerialize(paths.data(), count);
  if (config.getNbPluginsToSerialize() != count) return false;
  for (int32_t i = 0; i < count; ++i) {
    const char* path = config.getPluginToSerialize(i);
    if (path == nullptr || std::strcmp(path, paths[i]) != 0) return false;
  }
  return true;
}

bool dla_core(const Target& target, int64_t core) {
  if (!is_count(core)) return false;
  target.config.setDefaultDeviceType(nvinfer1::DeviceType::kDLA);
  target.config.setDLACore(static_cast<int32_t>(core));
  // The parser asks the configuration what a DLA can do.
  if (target.library_version >= version_number(10, 15) && !target.parser.setBuilderConfig(&target.config)) return false;
  return target.config.getDefaultDeviceType() == nvinfer1::DeviceType::kDLA && target.config.getDLACore() == core;
}
#else
using nvinfer1::ComputeCapability;

constexpr Named<ComputeCapability> kTargets[] = {
    {"current", ComputeCapability::kCURRENT}, {"sm75", ComputeCapability::kSM75}, {"sm80", ComputeCapability::kSM80},
    {"sm86", ComputeCapability::kSM86},       {"sm89", ComputeCapability::kSM89}, {"sm120", ComputeCapability::kSM120},
    {"sm121", ComputeCapability::kSM121},
};

bool targets(IBuilderConfig& config, const std::vector<const char*>& names) {
  if (!config.setNbComputeCapabilities(static_cast<int32_t>(names.size()))) return false;
  for (size_t i = 0; i < names.size(); ++i) {
    const ComputeCapability* found = find_named(kTargets, names[i]);
    const auto index = static_cast<int32_t>(i);
    if (found == nullptr || !config.setComputeCapability(*found, index)) return false;
    if (config.getComputeCapability(index) != *found) return false;
  }
  return config.getNbComputeCapabilities() == static_cast<int32_t>(names.size());
}
#endif

}  // namespace

Taken apply_portability(const Setting& setting, const Target& target) {
#if ENGINERY_ENTERPRISE
  if (setting.name == "hardwareCompatibility") return hardware_compatibility(target.config, setting.text());
  if (setting.name == "runtimePlatform") return runtime_platform(target, setting.text());
  if (setting.name == "pluginsToSerialize") return plugins_to_serialize(target.config, setting.items);
  if (setting.name == "dla.core") return dla_core(target, setting.number);
#else
  if (setting.name == "targets") return targets(target.config, setting.items);
#endif
  return std::nullopt;
}

}  // namespace enginery
