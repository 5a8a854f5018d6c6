// A builder configuration.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "calls.h"
#include "emulator/tensorrt/plan.h"
#include "emulator/tensorrt/timing_cache.h"

namespace enginery::emulator {

class Config final : public BuilderConfigCalls {
 public:
  Config(ILogger& logger, const Dependents& configs) : BuilderConfigCalls(logger), one_(configs) {}

  IProgressMonitor* monitor() const { return monitor_; }
  TimingCache* timing_cache() const { return timing_cache_; }
  const std::vector<PlanProfile>& profiles() const { return profiles_; }
  bool on_dla() const { return device_type_ == DeviceType::kDLA; }
  bool has(BuilderFlag flag) const { return (flags_ >> static_cast<uint32_t>(flag) & 1) != 0; }

  // What it says about the engine; targets are left empty where the configuration names none.
  void apply_to(Plan& plan) const;

 private:
  bool allowed(BuilderFlag flag) const;
  std::string other_settings() const;

  void do_setFlags(BuilderFlags flags) noexcept override;
  BuilderFlags do_getFlags() const noexcept override { return static_cast<BuilderFlags>(flags_); }
  void do_setFlag(BuilderFlag flag) noexcept override;
  void do_clearFlag(BuilderFlag flag) noexcept override;
  bool do_getFlag(BuilderFlag flag) const noexcept override { return has(flag); }
  void do_setBuilderOptimizationLevel(int32_t level) noexcept override;
  int32_t do_getBuilderOptimizationLevel() const noexcept override { return level_; }
  void do_setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept override { verbosity_ = verbosity; }
  ProfilingVerbosity do_getProfilingVerbosity() const noexcept override { return verbosity_; }
#ifdef ENGINERY_FAMILY_ENT10
  void do_setMaxAuxStreams(int32_t count) noexcept override { aux_streams_ = count; }
#else
  bool do_setMaxAuxStreams(int32_t count) noexcept override { return aux_streams_ = count, true; }
#endif
  int32_t do_getMaxAuxStreams() const noexcept override { return aux_streams_; }
  void do_setProgressMonitor(IProgressMonitor* monitor) noexcept override { monitor_ = monitor; }
  IProgressMonitor* do_getProgressMonitor() const noexcept override { return monitor_; }
  int32_t do_addOptimizationProfile(const IOptimizationProfile* profile) noexcept override;
  int32_t do_getNbOptimizationProfiles() const noexcept override { return static_cast<int32_t>(profiles_.size()); }
  void do_setMemoryPoolLimit(MemoryPoolType pool, size_t bytes) noexcept override;
  size_t do_getMemoryPoolLimit(MemoryPoolType pool) const noexcept override;
  ITimingCache* do_createTimingCache(const void* bytes, size_t size) const noexcept override;
  bool do_setTimingCache(const ITimingCache& cache, bool ignore_mismatch) noexcept override;
  const ITimingCache* do_getTimingCache() const noexcept override { return timing_cache_; }
  void do_setHardwareCompatibilityLevel(HardwareCompatibilityLevel level) noexcept override;
  HardwareCompatibilityLevel do_getHardwareCompatibilityLevel() const noexcept override { return compatibility_; }
  void do_setRuntimePlatform(RuntimePlatform platform) noexcept override { platform_ = platform; }
  RuntimePlatform do_getRuntimePlatform() const noexcept override { return platform_; }
  void do_setPluginsToSerialize(const char* const* paths, int32_t count) noexcept override;
  const char* do_getPluginToSerialize(int32_t index) const noexcept override;
  int32_t do_getNbPluginsToSerialize() const noexcept override { return static_cast<int32_t>(plugins_.size()); }
  void do_setDefaultDeviceType(DeviceType type) noexcept override { device_type_ = type; }
  DeviceType do_getDefaultDeviceType() const noexcept override { return device_type_; }
  void do_setDLACore(int32_t core) noexcept override;
  int32_t do_getDLACore() const noexcept override { return dla_core_; }
  bool do_setTacticSources(TacticSources sources) noexcept override { return tactic_sources_ = sources, true; }
  TacticSources do_getTacticSources() const noexcept override { return tactic_sources_; }
  void do_setPreviewFeature(PreviewFeature feature, bool on) noexcept override;
  bool do_getPreviewFeature(PreviewFeature feature) const noexcept override;
  void do_setAvgTimingIterations(int32_t count) noexcept override { avg_timing_ = count; }
  int32_t do_getAvgTimingIterations() const noexcept override { return avg_timing_; }
  void do_setMaxNbTactics(int32_t count) noexcept override { max_tactics_ = count; }
  int32_t do_getMaxNbTactics() const noexcept override { return max_tactics_; }
  bool do_setTilingOptimizationLevel(TilingOptimizationLevel level) noexcept override { return tiling_ = level, true; }
  TilingOptimizationLevel do_getTilingOptimizationLevel() const noexcept override { return tiling_; }
  bool do_setL2LimitForTiling(int64_t bytes) noexcept override { return l2_limit_ = bytes, true; }
  int64_t do_getL2LimitForTiling() const noexcept override { return l2_limit_; }
#ifndef ENGINERY_FAMILY_ENT10
  bool do_setBuildRoute(const char* route) noexcept override;
  const char* do_getBuildRoute() const noexcept override { return build_route_.c_str(); }
  const char* do_getAllBuildRoutes() const noexcept override;
#endif
#ifdef ENGINERY_FAMILY_RTX
  bool do_setNbComputeCapabilities(int32_t count) noexcept override;
  int32_t do_getNbComputeCapabilities() const noexcept override { return static_cast<int32_t>(targets_.size()); }
  bool do_setComputeCapability(ComputeCapability target, int32_t index) noexcept override;
  ComputeCapability do_getComputeCapability(int32_t index) const noexcept override;

  std::vector<ComputeCapability> targets_;
#endif

  const Dependents::One one_;
  uint64_t flags_ = 1U << static_cast<uint32_t>(BuilderFlag::kTF32);
  int32_t level_ = 3;
  ProfilingVerbosity verbosity_ = ProfilingVerbosity::kLAYER_NAMES_ONLY;
  int32_t aux_streams_ = -1;
  IProgressMonitor* monitor_ = nullptr;
  std::vector<PlanProfile> profiles_;
  std::map<MemoryPoolType, size_t> pools_;
  TimingCache* timing_cache_ = nullptr;
  HardwareCompatibilityLevel compatibility_ = HardwareCompatibilityLevel::kNONE;
  RuntimePlatform platform_ = RuntimePlatform::kSAME_AS_BUILD;
  std::vector<std::string> plugins_;
  DeviceType device_type_ = DeviceType::kGPU;
  int32_t dla_core_ = -1;
  TacticSources tactic_sources_ = 0;
  std::map<PreviewFeature, bool> preview_;
  int32_t avg_timing_ = 1;
  int32_t max_tactics_ = -1;
  TilingOptimizationLevel tiling_ = TilingOptimizationLevel::kNONE;
  int64_t l2_limit_ = -1;
  std::string build_route_;
};

}  // namespace enginery::emulator
