#include "emulator/tensorrt/config.h"

#include "emulator/tensorrt/profile.h"
#include "tensorrt/family.h"

namespace enginery::emulator {
namespace {

template <typename Enumerator>
struct Later {
  Enumerator value;
  int32_t since;
};

// Enumerators that came after the family's first release.
constexpr Later<BuilderFlag> kLaterFlags[] = {
#ifdef ENGINERY_FAMILY_ENT10
    {BuilderFlag::kREFIT_INDIVIDUAL, version_number(10, 2)},
    {BuilderFlag::kSTRICT_NANS, version_number(10, 6)},
    {BuilderFlag::kMONITOR_MEMORY, version_number(10, 6)},
    {BuilderFlag::kEDITABLE_TIMING_CACHE, version_number(10, 8)},
    {BuilderFlag::kDISTRIBUTIVE_INDEPENDENCE, version_number(10, 9)},
#endif
    {BuilderFlag::kTF32, 0},
};
constexpr Later<PreviewFeature> kLaterFeatures[] = {
#ifdef ENGINERY_FAMILY_ENT10
    {PreviewFeature::kALIASED_PLUGIN_IO_10_03, version_number(10, 3)},
    {PreviewFeature::kRUNTIME_ACTIVATION_RESIZE_10_10, version_number(10, 10)},
    {PreviewFeature::kMULTIDEVICE_RUNTIME_10_16, version_number(10, 16)},
#else
    {PreviewFeature::kALIASED_PLUGIN_IO_10_03, 0},
#endif
};

template <typename Enumerator, size_t size>
bool has(const Later<Enumerator> (&table)[size], Enumerator value) {
  for (const Later<Enumerator>& later : table) {
    if (later.value == value && version().number() < later.since) return false;
  }
  return true;
}

}  // namespace

bool Config::allowed(BuilderFlag flag) const {
  return emulator::has(kLaterFlags, flag) ||
         error("IBuilderConfig::setFlag: this version has no flag " + std::to_string(static_cast<int>(flag)));
}

// So that plans of different settings differ.
std::string Config::other_settings() const {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) { text += name + " " + value + "\n"; };
  const auto number = [&](const std::string& name, auto value) {
    add(name, std::to_string(static_cast<int64_t>(value)));
  };
  number("optimization level", level_);
  for (const auto& [pool, bytes] : pools_) number("memory pool " + std::to_string(static_cast<int>(pool)), bytes);
  number("runtime platform", platform_);
  for (const std::string& path : plugins_) add("plugin", path);
  number("tactic sources", tactic_sources_);
  for (const auto& [feature, on] : preview_) number("preview " + std::to_string(static_cast<int>(feature)), on);
  number("average timing iterations", avg_timing_);
  number("tactics", max_tactics_);
  number("tiling", tiling_);
  number("L2 limit", l2_limit_);
  add("build route", build_route_);
  return text;
}

void Config::apply_to(Plan& plan) const {
  plan.settings = other_settings();
  plan.profiles = profiles_;
  plan.flags = flags_;
  plan.verbosity = static_cast<int32_t>(verbosity_);
  plan.aux_streams = aux_streams_ > 0 ? aux_streams_ : 0;
  plan.hardware_compatibility = static_cast<int32_t>(compatibility_);
#ifdef ENGINERY_FAMILY_RTX
  for (const ComputeCapability target : targets_) {
    if (target != ComputeCapability::kNONE && target != ComputeCapability::kCURRENT) {
      plan.targets.push_back(static_cast<int32_t>(target));
    }
  }
#endif
}

void Config::do_setFlags(BuilderFlags flags) noexcept {
  for (uint32_t bit = 0; bit < 32; ++bit) {
    if ((flags >> bit & 1) != 0 && !allowed(static_cast<BuilderFlag>(bit))) return;
  }
  flags_ = flags;
}

void Config::do_setFlag(BuilderFlag flag) noexcept {
  if (allowed(flag)) flags_ |= 1ULL << static_cast<uint32_t>(flag);
}

void Config::do_clearFlag(BuilderFlag flag) noexcept { flags_ &= ~(1ULL << static_cast<uint32_t>(flag)); }

void Config::do_setBuilderOptimizationLevel(int32_t level) noexcept {
  if (level < 0 || level > 5) {
    error("IBuilderConfig::setBuilderOptimizationLevel: " + std::to_string(level) + " is not within 0 and 5");
    return;
  }
  level_ = level;
}

int32_t Config::do_addOptimizationProfile(const IOptimizationProfile* profile) noexcept {
  if (profile == nullptr || !profile->isValid()) {
    error("IBuilderConfig::addOptimizationProfile: the profile is not valid");
    return -1;
  }
  profiles_.push_back(static_cast<const Profile*>(profile)->ranges());
  return static_cast<int32_t>(profiles_.size()) - 1;
}

void Config::do_setMemoryPoolLimit(MemoryPoolType pool, size_t bytes) noexcept { pools_[pool] = bytes; }

size_t Config::do_getMemoryPoolLimit(MemoryPoolType pool) const noexcept {
  const auto found = pools_.find(pool);
  return found == pools_.end() ? 0 : found->second;
}

ITimingCache* Config::do_createTimingCache(const void* bytes, size_t size) const noexcept {
  return TimingCache::create(logger(), bytes, size);
}

bool Config::do_setTimingCache(const ITimingCache& cache, bool ignore_mismatch) noexcept {
  auto& given = const_cast<TimingCache&>(static_cast<const TimingCache&>(cache));
  if (!given.fits() && !ignore_mismatch) {
    log(Severity::kWARNING, "IBuilderConfig::setTimingCache: the cache is of another version or device");
    return false;
  }
  timing_cache_ = &given;
  return true;
}

// TensorRT-RTX says nothing and keeps what it had.
void Config::do_setHardwareCompatibilityLevel(HardwareCompatibilityLevel level) noexcept {
  if (!ENGINERY_ENTERPRISE) return;
#ifdef ENGINERY_FAMILY_ENT10
  if (level == HardwareCompatibilityLevel::kSAME_COMPUTE_CAPABILITY && version().number() < version_number(10, 9)) {
    error("IBuilderConfig::setHardwareCompatibilityLevel: this version has no such level");
    return;
  }
#endif
  compatibility_ = level;
}

void Config::do_setPluginsToSerialize(const char* const* paths, int32_t count) noexcept {
  plugins_.assign(paths, paths + count);
}

const char* Config::do_getPluginToSerialize(int32_t index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < plugins_.size() ? plugins_[place].c_str() : nullptr;
}

// No device of the emulator has a DLA, as no desktop GPU has one: a core is taken by Enterprise, and the build fails.
void Config::do_setDLACore(int32_t core) noexcept {
  if (ENGINERY_ENTERPRISE) dla_core_ = core;
}

void Config::do_setPreviewFeature(PreviewFeature feature, bool on) noexcept {
  if (emulator::has(kLaterFeatures, feature)) {
    preview_[feature] = on;
  } else {
    error("IBuilderConfig::setPreviewFeature: this version has no feature " +
          std::to_string(static_cast<int>(feature)));
  }
}

bool Config::do_getPreviewFeature(PreviewFeature feature) const noexcept {
  const auto found = preview_.find(feature);
  return found != preview_.end() && found->second;
}

#ifndef ENGINERY_FAMILY_ENT10
const char* Config::do_getAllBuildRoutes() const noexcept { return usable_driver() != nullptr ? "default,fast" : ""; }

bool Config::do_setBuildRoute(const char* route) noexcept {
  const std::string all = std::string(",") + do_getAllBuildRoutes() + ",";
  if (route == nullptr || all.find("," + std::string(route) + ",") == std::string::npos) {
    return error("IBuilderConfig::setBuildRoute: there is no such route");
  }
  build_route_ = route;
  return true;
}
#endif

#ifdef ENGINERY_FAMILY_RTX
bool Config::do_setNbComputeCapabilities(int32_t count) noexcept {
  if (count < 0) return error("IBuilderConfig::setNbComputeCapabilities: negative");
  targets_.resize(static_cast<size_t>(count), ComputeCapability::kNONE);
  return true;
}

bool Config::do_setComputeCapability(ComputeCapability target, int32_t index) noexcept {
  if (static_cast<size_t>(index) >= targets_.size())
    return error("IBuilderConfig::setComputeCapability: no such index");
  targets_[static_cast<size_t>(index)] = target;
  return true;
}

ComputeCapability Config::do_getComputeCapability(int32_t index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < targets_.size() ? targets_[place] : ComputeCapability::kNONE;
}
#endif

}  // namespace enginery::emulator
