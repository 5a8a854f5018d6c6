// An optimization profile.
#pragma once

#include "calls.h"
#include "emulator/tensorrt/plan.h"

namespace enginery::emulator {

class Profile final : public OptimizationProfileCalls {
 public:
  using OptimizationProfileCalls::OptimizationProfileCalls;

  const PlanProfile& ranges() const { return ranges_; }

 private:
  bool do_setDimensions(const char* input, OptProfileSelector select, const Dims& dims) noexcept override;
  Dims do_getDimensions(const char* input, OptProfileSelector select) const noexcept override;
  int32_t do_getNbShapeValues(const char* input) const noexcept override;
  bool do_setShapeValuesV2(const char* input, OptProfileSelector select, const int64_t* values,
                           int32_t count) noexcept override;
  const int64_t* do_getShapeValuesV2(const char* input, OptProfileSelector select) const noexcept override;
#ifdef ENGINERY_FAMILY_ENT10
  bool do_setShapeValues(const char* input, OptProfileSelector select, const int32_t* values,
                         int32_t count) noexcept override;
#endif
  bool do_setExtraMemoryTarget(float target) noexcept override;
  float do_getExtraMemoryTarget() const noexcept override { return extra_memory_; }
  bool do_isValid() const noexcept override;

  PlanProfile ranges_;
  float extra_memory_ = 1;
};

}  // namespace enginery::emulator
