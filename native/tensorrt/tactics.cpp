// Settings of how TensorRT searches for kernels.
#include <cstring>

#include "tensorrt/settings.h"

namespace enginery {
namespace {

using nvinfer1::IBuilderConfig;

// TensorRT-RTX 1.6 and 1.7, on a machine without a GPU, offer no route (getAllBuildRoutes() is empty) and refuse every
// one.
bool build_route([[maybe_unused]] const Target& target, [[maybe_unused]] const char* route) {
#ifdef ENGINERY_FAMILY_ENT10
  return false;
#else
  // A slot that earlier libraries do not have: calling it there jumps into nowhere.
  if (target.library_version < (ENGINERY_ENTERPRISE ? version_number(11, 1) : version_number(1, 6))) return false;
  if (!target.config.setBuildRoute(route)) return false;
  const char* set = target.config.getBuildRoute();
  return set != nullptr && std::strcmp(set, route) == 0;
#endif
}

#if ENGINERY_ENTERPRISE
using nvinfer1::PreviewFeature;
using nvinfer1::TacticSource;
using nvinfer1::TilingOptimizationLevel;

constexpr Named<TacticSource> kTacticSources[] = {
    {"edgeMaskConvolutions", TacticSource::kEDGE_MASK_CONVOLUTIONS},
    {"jitConvolutions", TacticSource::kJIT_CONVOLUTIONS},
#ifdef ENGINERY_FAMILY_ENT10
    {"cublas", TacticSource::kCUBLAS},
    {"cublasLt", TacticSource::kCUBLAS_LT},
    {"cudnn", TacticSource::kCUDNN},
#endif
};

constexpr Named<PreviewFeature> kPreviewFeatures[] = {
    {"aliasedPluginIO1003", PreviewFeature::kALIASED_PLUGIN_IO_10_03},
    {"runtimeActivationResize1010", PreviewFeature::kRUNTIME_ACTIVATION_RESIZE_10_10},
#ifdef ENGINERY_FAMILY_ENT10
    {"profileSharing0806", PreviewFeature::kPROFILE_SHARING_0806},
    {"multideviceRuntime1016", PreviewFeature::kMULTIDEVICE_RUNTIME_10_16},
#endif
};

constexpr Named<TilingOptimizationLevel> kTilingLevels[] = {
    {"none", TilingOptimizationLevel::kNONE},
    {"fast", TilingOptimizationLevel::kFAST},
    {"moderate", TilingOptimizationLevel::kMODERATE},
    {"full", TilingOptimizationLevel::kFULL},
};

bool tactic_sources(IBuilderConfig& config, const std::vector<const char*>& names) {
  nvinfer1::TacticSources sources = 0;
  for (const char* name : names) {
    const TacticSource* source = find_named(kTacticSources, name);
    if (source == nullptr) return false;
    sources |= 1U << static_cast<uint32_t>(*source);
  }
  return config.setTacticSources(sources) && config.getTacticSources() == sources;
}

bool preview_features(IBuilderConfig& config, const std::vector<const char*>& names) {
  for (const char* name : names) {
    const PreviewFeature* feature = find_named(kPreviewFeatures, name);
    if (feature == nullptr) return false;
    config.setPreviewFeature(*feature, true);
    if (!config.getPreviewFeature(*feature)) return false;
  }
  return true;
}

bool avg_timing(IBuilderConfig& config, int64_t iterations) {
  if (!is_count(iterations)) return false;
  config.setAvgTimingIterations(static_cast<int32_t>(iterations));
  return config.getAvgTimingIterations() == iterations;
}

bool max_tactics(const Target& target, int64_t count) {
  if (target.library_version < version_number(10, 4) || !is_count(count)) return false;
  target.config.setMaxNbTactics(static_cast<int32_t>(count));
  return target.config.getMaxNbTactics() == count;
}

bool tiling(const Target& target, const char* name) {
  const TilingOptimizationLevel* level = find_named(kTilingLevels, name);
  if (target.library_version < version_number(10, 8) || level == nullptr) return false;
  return target.config.setTilingOptimizationLevel(*level) && target.config.getTilingOptimizationLevel() == *level;
}

bool l2_limit(const Target& target, int64_t bytes) {
  if (target.library_version < version_number(10, 8) || bytes < 0) return false;
  return target.config.setL2LimitForTiling(bytes) && target.config.getL2LimitForTiling() == bytes;
}
#endif

}  // namespace

Taken apply_tactics(const Setting& setting, const Target& target) {
  if (setting.name == "buildRoute") return build_route(target, setting.text());
#if ENGINERY_ENTERPRISE
  if (setting.name == "tacticSources") return tactic_sources(target.config, setting.items);
  if (setting.name == "previewFeatures") return preview_features(target.config, setting.items);
  if (setting.name == "avgTiming") return avg_timing(target.config, setting.number);
  if (setting.name == "maxTactics") return max_tactics(target, setting.number);
  if (setting.name == "tilingOptimizationLevel") return tiling(target, setting.text());
  if (setting.name == "l2LimitForTiling") return l2_limit(target, setting.number);
#endif
  return std::nullopt;
}

}  // namespace enginery
