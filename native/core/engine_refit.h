// New weights for an engine that is loaded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/engine_options.h"
#include "core/loaded_engine.h"
#include "core/status.h"

namespace enginery {

struct RefitModel {
  std::string path;
  std::vector<uint8_t> bytes;  // used where there is no path
};

// Gives the engine, which was opened with these options, the model's weights; where that is refused it keeps those that
// it has. No run may be under way. Blocks.
Status refit_engine(LoadedEngine& engine, const EngineOptions& options, const RefitModel& model);

}  // namespace enginery
