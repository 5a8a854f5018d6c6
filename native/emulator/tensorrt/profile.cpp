#include "emulator/tensorrt/profile.h"

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

using Bounds = std::vector<int64_t>[3];

// Where both are given: of one length, and the first nowhere above the second.
bool in_order(const std::vector<int64_t>& low, const std::vector<int64_t>& high) {
  if (low.empty() || high.empty()) return true;
  if (low.size() != high.size()) return false;
  for (size_t i = 0; i < low.size(); ++i) {
    if (low[i] > high[i]) return false;
  }
  return true;
}

bool in_order(const Bounds& bounds) {
  return in_order(bounds[0], bounds[1]) && in_order(bounds[1], bounds[2]) && in_order(bounds[0], bounds[2]);
}

bool all_or_none(const Bounds& bounds) {
  return bounds[0].empty() == bounds[1].empty() && bounds[1].empty() == bounds[2].empty();
}

}  // namespace

bool Profile::do_setDimensions(const char* input, OptProfileSelector select, const Dims& dims) noexcept {
  const std::vector<int64_t> wanted = from_dims(dims);
  if (is_dynamic(wanted)) return error(std::string("IOptimizationProfile::setDimensions: negative size of ") + input);
  PlanRange& range = ranges_[input];
  range.dims[static_cast<int>(select)] = wanted;
  if (in_order(range.dims)) return true;
  return error(std::string("IOptimizationProfile::setDimensions: Error Code 3: API Usage Error (min, opt and max of ") +
               input + " are not in order)");
}

Dims Profile::do_getDimensions(const char* input, OptProfileSelector select) const noexcept {
  const auto found = ranges_.find(input);
  return found == ranges_.end() ? failure<Dims>() : to_dims(found->second.dims[static_cast<int>(select)]);
}

int32_t Profile::do_getNbShapeValues(const char* input) const noexcept {
  const auto found = ranges_.find(input);
  return found == ranges_.end() ? -1 : static_cast<int32_t>(found->second.values[0].size());
}

bool Profile::do_setShapeValuesV2(const char* input, OptProfileSelector select, const int64_t* values,
                                  int32_t count) noexcept {
  if (values == nullptr || count <= 0) return error("IOptimizationProfile::setShapeValuesV2: no values");
  PlanRange& range = ranges_[input];
  range.values[static_cast<int>(select)].assign(values, values + count);
  if (in_order(range.values)) return true;
  return error(std::string("IOptimizationProfile::setShapeValuesV2: min, opt and max of ") + input +
               " are not in order");
}

const int64_t* Profile::do_getShapeValuesV2(const char* input, OptProfileSelector select) const noexcept {
  const auto found = ranges_.find(input);
  if (found == ranges_.end()) return nullptr;
  const auto& values = found->second.values[static_cast<int>(select)];
  return values.empty() ? nullptr : values.data();
}

#ifdef ENGINERY_FAMILY_ENT10
bool Profile::do_setShapeValues(const char* input, OptProfileSelector select, const int32_t* values,
                                int32_t count) noexcept {
  const std::vector<int64_t> wide(values, values + count);
  return do_setShapeValuesV2(input, select, wide.data(), count);
}
#endif

bool Profile::do_setExtraMemoryTarget(float target) noexcept {
  if (target < 0 || target > 1) return error("IOptimizationProfile::setExtraMemoryTarget: not within 0 and 1");
  extra_memory_ = target;
  return true;
}

bool Profile::do_isValid() const noexcept {
  for (const auto& [input, range] : ranges_) {
    if (!all_or_none(range.dims) || !all_or_none(range.values)) return false;
    if (!in_order(range.dims) || !in_order(range.values)) return false;
  }
  return true;
}

}  // namespace enginery::emulator
