#include "addon/session_options.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/model_value.h"
#include "addon/setting_value.h"

namespace enginery {
namespace {

// [[name, value], …]
template <typename T>
std::vector<std::pair<std::string, T>> to_pairs(const Napi::Value& value, T (*convert)(const Napi::Value&)) {
  const auto array = value.As<Napi::Array>();
  std::vector<std::pair<std::string, T>> pairs;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const auto pair = array.Get(i).As<Napi::Array>();
    pairs.emplace_back(pair.Get(0u).As<Napi::String>(), convert(pair.Get(1u)));
  }
  return pairs;
}

}  // namespace

ort::OpenOptions to_open_options(const Napi::Object& object) {
  ort::OpenOptions options;
  options.library = object.Get("library").As<Napi::String>();
  options.intra_op_threads = object.Get("intraOpThreads").As<Napi::Number>().Int32Value();
  options.limits.at_once = object.Get("maxConcurrent").As<Napi::Number>().Uint32Value();
  options.limits.waiting = object.Get("maxQueue").As<Napi::Number>().Uint32Value();
  options.log_severity = object.Get("logSeverity").As<Napi::Number>().Int32Value();
  read_model(object.Get("model"), options.model_path, options.model_data);
  const auto own = object.Get("onnxruntime").As<Napi::Object>();
  options.inter_op_threads = own.Get("interOpNumThreads").As<Napi::Number>().Int32Value();
  options.parallel = own.Get("parallel").As<Napi::Boolean>();
  options.graph_optimization_level = own.Get("graphOptimizationLevel").As<Napi::Number>().Int32Value();
  options.memory_arena = own.Get("enableCpuMemArena").As<Napi::Boolean>();
  options.memory_pattern = own.Get("enableMemPattern").As<Napi::Boolean>();
  options.profile_file_prefix = own.Get("profileFilePrefix").As<Napi::String>();
  options.free_dimension_overrides = to_pairs<int64_t>(own.Get("freeDimensionOverrides"), [](const Napi::Value& value) {
    return value.As<Napi::Number>().Int64Value();
  });
  options.config = to_pairs<std::string>(own.Get("config"),
                                         [](const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); });
  const auto libraries = own.Get("customOpLibraries").As<Napi::Array>();
  for (uint32_t i = 0; i < libraries.Length(); ++i) {
    options.custom_op_libraries.push_back(libraries.Get(i).As<Napi::String>());
  }
  return options;
}

EngineOptions to_engine_options(const Napi::Object& object) {
  EngineOptions options;
  options.library = object.Get("library").As<Napi::String>();
  options.parser = object.Get("parser").As<Napi::String>();
  options.driver = object.Get("driver").As<Napi::String>();
  options.device = object.Get("device").As<Napi::Number>().Int32Value();
  options.plan_path = object.Get("plan").As<Napi::String>();
  options.host_code = object.Get("hostCode").As<Napi::Boolean>();
  options.limits.at_once = object.Get("maxConcurrent").As<Napi::Number>().Uint32Value();
  options.limits.waiting = object.Get("maxQueue").As<Napi::Number>().Uint32Value();
  options.runtime_cache = object.Get("runtimeCache").As<Napi::String>();
  options.settings = to_settings(object.Get("settings"));
  options.cuda_graphs = object.Get("cudaGraphs").As<Napi::Boolean>();
  options.memory_limit = static_cast<size_t>(object.Get("memoryLimit").As<Napi::Number>().Int64Value());
  options.log_severity = static_cast<Severity>(object.Get("logSeverity").As<Napi::Number>().Int32Value());
  options.weight_budget = object.Get("weightStreamingBudget").As<Napi::Number>().Int64Value();
  if (object.Get("profile").As<Napi::Boolean>()) options.layer_times = std::make_shared<LayerTimes>();
  return options;
}

}  // namespace enginery
