// Whether a plan runs here.
#pragma once

#include <string>
#include <string_view>

#include "emulator/tensorrt/driver.h"
#include "emulator/tensorrt/plan.h"

namespace enginery::emulator {

struct Validity {
  uint64_t diagnostics = 0;  // bits of EngineInvalidityDiagnostics of TensorRT-RTX; 0: it runs
  std::string reason;        // the line in the log
};

// Judges by the header; `driver` null: there is none. `any_version`: a version-compatible plan.
Validity judge(std::string_view bytes, const Driver* driver, bool any_version);

}  // namespace enginery::emulator
