// How a model is opened, and ONNX Runtime's own options by ONNX Runtime's own names.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/runner.h"
#include "core/status.h"
#include "ort/ort_library.h"
#include "ort/ort_log.h"

namespace enginery::ort {

struct OpenOptions {
  std::string library;
  std::string model_path;           // external data is looked for beside it; unused where there are bytes
  std::vector<uint8_t> model_data;  // the model itself
  int intra_op_threads = 1;         // threads that share the work of one run
  RunLimits limits;
  int log_severity = LOG_WARNING;  // LoggingLevel; lines below it are not made
  LogListener on_log;              // empty: nobody listens

  int inter_op_threads = 0;  // 0: ONNX Runtime's own number; used by parallel execution only
  bool parallel = false;
  int graph_optimization_level = 99;  // GraphOptimizationLevel: all
  bool memory_arena = true;
  bool memory_pattern = true;
  std::string profile_file_prefix;  // none where empty
  std::vector<std::pair<std::string, int64_t>> free_dimension_overrides;
  std::vector<std::pair<std::string, std::string>> config;
  std::vector<std::string> custom_op_libraries;
};

// Says all of it to ONNX Runtime. A refusal names the option in its `subject`. `log` must outlive the sessions that are
// made with these settings.
Status configure(const Library& library, const OpenOptions& options, LogSink& log, SessionOptions* settings);

}  // namespace enginery::ort
