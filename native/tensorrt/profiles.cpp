#include "tensorrt/profiles.h"

#include <algorithm>
#include <vector>

namespace enginery {
namespace {

using nvinfer1::IOptimizationProfile;
using nvinfer1::OptProfileSelector;

#ifdef ENGINERY_FAMILY_ENT10
// What there was before 10.11.
bool set_values32(IOptimizationProfile& profile, const EngineryBridgeRange& range, OptProfileSelector which,
                  const int64_t* bound) {
  std::vector<int32_t> values;
  for (int32_t i = 0; i < range.count; ++i) {
    if (bound[i] != static_cast<int32_t>(bound[i])) return false;
    values.push_back(static_cast<int32_t>(bound[i]));
  }
  return profile.setShapeValues(range.input, which, values.data(), range.count);
}
#endif

bool set_values(IOptimizationProfile& profile, const EngineryBridgeRange& range, OptProfileSelector which,
                const int64_t* bound, [[maybe_unused]] int32_t library_version) {
#ifdef ENGINERY_FAMILY_ENT10
  if (library_version < version_number(10, 11)) return set_values32(profile, range, which, bound);
#endif
  return profile.setShapeValuesV2(range.input, which, bound, range.count);
}

bool set_bound(IOptimizationProfile& profile, const EngineryBridgeRange& range, OptProfileSelector which,
               const int64_t* bound, int32_t library_version) {
  if (range.values != 0) return set_values(profile, range, which, bound, library_version);
  if (range.count > nvinfer1::Dims::MAX_DIMS) return false;
  nvinfer1::Dims dims{};
  dims.nbDims = range.count;
  std::copy_n(bound, range.count, dims.d);
  return profile.setDimensions(range.input, which, dims);
}

bool set_range(IOptimizationProfile& profile, const EngineryBridgeRange& range, int32_t library_version) {
  return set_bound(profile, range, OptProfileSelector::kMIN, range.min, library_version) &&
         set_bound(profile, range, OptProfileSelector::kOPT, range.opt, library_version) &&
         set_bound(profile, range, OptProfileSelector::kMAX, range.max, library_version);
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
      if (!set_range(*profile, range, operation.library.version) || operation.errors != errors) {
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
