#include "tensorrt/profiles.h"

#include <algorithm>

namespace enginery {
namespace {

using nvinfer1::IOptimizationProfile;
using nvinfer1::OptProfileSelector;

bool set_bound(IOptimizationProfile& profile, const EngineryBridgeRange& range, OptProfileSelector which,
               const int64_t* bound) {
  if (range.values != 0) return profile.setShapeValuesV2(range.input, which, bound, range.count);
  if (range.count > nvinfer1::Dims::MAX_DIMS) return false;
  nvinfer1::Dims dims{};
  dims.nbDims = range.count;
  std::copy_n(bound, range.count, dims.d);
  return profile.setDimensions(range.input, which, dims);
}

bool set_range(IOptimizationProfile& profile, const EngineryBridgeRange& range) {
  return set_bound(profile, range, OptProfileSelector::kMIN, range.min) &&
         set_bound(profile, range, OptProfileSelector::kOPT, range.opt) &&
         set_bound(profile, range, OptProfileSelector::kMAX, range.max);
}

}  // namespace

int32_t add_profiles(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilder& builder,
                     nvinfer1::IBuilderConfig& config) {
  for (int32_t index = 0; index < build.profiles; ++index) {
    // Owned by the builder.
    IOptimizationProfile* profile = builder.createOptimizationProfile();
    if (profile == nullptr) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createOptimizationProfile");
    const int errors = operation.errors;
    for (size_t i = 0; i < build.range_count; ++i) {
      const EngineryBridgeRange& range = build.ranges[i];
      if (range.profile != index) continue;
      if (!set_range(*profile, range) || operation.errors != errors) {
        return operation.refuse(ENGINERY_BRIDGE_PROFILE_REFUSED, range.input);
      }
    }
    if (!profile->isValid() || config.addOptimizationProfile(profile) < 0) {
      return operation.refuse(ENGINERY_BRIDGE_PROFILE_REFUSED, "");
    }
  }
  return ENGINERY_BRIDGE_OK;
}

}  // namespace enginery
