// Building one engine: from libraries and a model to a plan on disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/status.h"

namespace enginery {

struct BuildRange {
  int32_t profile = 0;
  std::string input;
  bool values = false;
  std::vector<int64_t> min, opt, max;
};

struct BuildSetting {
  std::string name;
  std::string text;
  int64_t number = 0;
};

struct BuildRequest {
  std::string library;
  std::string parser;
  std::string model_path;  // empty: the model is in model_bytes
  std::vector<uint8_t> model_bytes;
  std::string output;        // must not exist yet
  std::string timing_cache;  // a file to start from and to add to, made where there is none; empty: none
  int32_t profiles = 0;
  std::vector<BuildRange> ranges;
  std::vector<BuildSetting> settings;
  bool verbose = false;   // pass on info and verbose lines as well
  bool progress = false;  // pass on progress: a thousand events for a mid-sized network
};

struct TensorInfo {
  std::string name;
  std::string type;
  bool output = false;
  bool shape_tensor = false;
  std::vector<int64_t> dims;
};

struct BuildResult {
  int64_t bytes = 0;
  double seconds = 0;
  std::vector<LogLine> log;  // warnings and worse
  std::vector<TensorInfo> tensors;
};

struct BuildProgress {
  enum class Event { start, step, finish } event;
  std::string phase;
  std::string parent;
  int32_t step = 0;
  int32_t steps = 0;
};

// Called on TensorRT's threads as well as the builder's, several at once. What one of these throws ends the build:
// build_engine() throws it.
struct BuildObserver {
  std::function<void(const BuildProgress&)> progress;
  std::function<void(const LogLine&)> log;
};

// Blocks until the engine is built, refused or cancelled; then `request.output` exists or does not. Setting `cancelled`
// stops at the next progress step, and ends a wait for the timing cache; who sets it may remove `request.output` right
// away.
Status build_engine(const BuildRequest& request, const BuildObserver& observer, const std::atomic<bool>& cancelled,
                    BuildResult& result);

}  // namespace enginery
