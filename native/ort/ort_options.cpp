#include "ort/ort_options.h"

namespace enginery::ort {
namespace {

// ONNX Runtime calls all of these an invalid argument or a failure; either way the option is to blame.
const char* option_error(ErrorCode) { return "ENGINERY_INVALID_OPTION"; }

}  // namespace

Status configure(const Library& library, const OpenOptions& options, LogSink& log, SessionOptions* settings) {
  const Api& api = library.api();
  Status status;
  // The first refusal stays; what comes after it is not asked any more.
  const auto set = [&](const char* name, auto&& call) {
    if (!status.ok()) return;
    status = library.check(call(), option_error);
    if (!status.ok()) status.subject = name;
  };
  // Always: what goes to no sink goes to stderr, which belongs to the application.
  set("onLog", [&] { return api.SetUserLoggingFunction(settings, LogSink::take, &log); });
  set("logSeverity", [&] { return api.SetSessionLogSeverityLevel(settings, options.log_severity); });
  set("threads", [&] { return api.SetIntraOpNumThreads(settings, options.intra_op_threads); });
  set("graphOptimizationLevel",
      [&] { return api.SetSessionGraphOptimizationLevel(settings, options.graph_optimization_level); });
  if (options.parallel) {
    set("executionMode", [&] { return api.SetSessionExecutionMode(settings, ORT_PARALLEL); });
    set("interOpNumThreads", [&] { return api.SetInterOpNumThreads(settings, options.inter_op_threads); });
  }
  if (!options.memory_arena) set("enableCpuMemArena", [&] { return api.DisableCpuMemArena(settings); });
  if (!options.memory_pattern) set("enableMemPattern", [&] { return api.DisableMemPattern(settings); });
  if (!options.profile_file_prefix.empty()) {
    set("profileFilePrefix", [&] { return api.EnableProfiling(settings, options.profile_file_prefix.c_str()); });
  }
  for (const auto& [name, size] : options.free_dimension_overrides) {
    set("freeDimensionOverrides", [&] { return api.AddFreeDimensionOverrideByName(settings, name.c_str(), size); });
  }
  for (const auto& [key, value] : options.config) {
    set("config", [&] { return api.AddSessionConfigEntry(settings, key.c_str(), value.c_str()); });
  }
  for (const std::string& path : options.custom_op_libraries) {
    set("customOpLibraries", [&] { return api.RegisterCustomOpsLibrary_V2(settings, path.c_str()); });
  }
  return status;
}

}  // namespace enginery::ort
