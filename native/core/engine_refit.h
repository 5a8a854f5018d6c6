// New weights for an engine that is loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/loaded_engine.h"
#include "core/status.h"

namespace enginery {

struct RefitModel {
  std::string path;
  std::vector<uint8_t> bytes;  // used where there is no path
};

// Gives the engine the model's weights; where that is refused it keeps those that it has. No run may be under way.
// Blocks. `parser`: path of TensorRT's ONNX parser, empty where there is none.
Status refit_engine(LoadedEngine& engine, const std::string& parser, const RefitModel& model,
                    const std::function<void(const LogLine&)>& on_log);

}  // namespace enginery
