#include "core/engine_context.h"

#include <utility>

#include "core/running_job.h"

namespace enginery {

EngineContext::EngineContext(const LoadedEngine& engine, const EngineOptions& options)
    : engine_(engine),
      bridge_(engine.bridge()),
      log_(std::make_unique<BridgeLog>(options.on_log, options.log_severity)),
      scratch_(engine.memory(), &EngineMemory::contexts) {}

EngineContext::~EngineContext() {
  if (context_ == nullptr) return;
  CudaDevice::Entered entered;
  if (engine_.device().enter_to_free(entered)) {
    bridge_.destroy_context(context_);
  } else {
    // TensorRT's context stays, its engine with it, and lines of TensorRT's threads go to this log still.
    static_cast<void>(log_.release());
    static_cast<void>(new RunningJob);
  }
}

Status EngineContext::create(const EngineOptions& options, const RuntimeCache& cache) {
  const Status allowed = scratch_.grow(engine_.scratch_bytes());
  if (!allowed.ok()) return allowed;
  std::vector<EngineryBridgeSetting> settings;
  for (const BuildSetting& it : options.settings) {
    settings.push_back({it.name.c_str(), it.text.empty() ? nullptr : it.text.c_str(), it.number});
  }
  const auto kernels = cache.known();
  const EngineryBridgeContextOptions given{settings.data(), settings.size(),
                                           kernels->empty() ? nullptr : kernels->data(), kernels->size()};
  const Status status = engine_.device().without_kept_memory([&] { return make(given); });
  if (status.ok() && options.layer_times != nullptr) {
    layers_ = std::make_unique<LayerRecorder>(*options.layer_times);
    bridge_.set_profiler(context_, &layers_->profiler());
  }
  return status;
}

Status EngineContext::make(const EngineryBridgeContextOptions& options) {
  EngineryBridgeResult result{};
  const int32_t made = bridge_.create_context(engine_.handle(), &options, &log_->callbacks(), &result, &context_);
  if (made == ENGINERY_BRIDGE_OK) return {};
  if (made == ENGINERY_BRIDGE_SETTING_REFUSED) {
    Status status =
        refused("ENGINERY_OPTION_UNSUPPORTED", std::string("TensorRT refuses the option ") + result.refused);
    status.subject = result.refused;
    return status;
  }
  return engine_.device().lost_or(refused("ENGINERY_SESSION_FAILED", "TensorRT makes no execution context"));
}

Status EngineContext::set_profile(int32_t profile, const CudaStream& stream) {
  if (bridge_.set_profile(context_, profile, stream.handle()) != 0) return {};
  return refused("ENGINERY_RUN_FAILED", "TensorRT does not take optimization profile " + std::to_string(profile));
}

Status EngineContext::set_shape(size_t input, const std::vector<int64_t>& dims) {
  const auto rank = static_cast<int32_t>(dims.size());
  if (bridge_.set_shape(context_, static_cast<int32_t>(input), rank, dims.data()) != 0) return {};
  return refused_for(input, "TensorRT does not take the shape of");
}

Status EngineContext::set_address(size_t place, void* address) {
  if (bridge_.set_address(context_, static_cast<int32_t>(place), address) != 0) return {};
  return refused_for(place, "TensorRT does not take the memory of");
}

Status EngineContext::set_allocator(size_t place, const EngineryBridgeOutputAllocator& allocator) {
  if (bridge_.set_output_allocator(context_, static_cast<int32_t>(place), &allocator) != 0) return {};
  return refused_for(place, "TensorRT takes no allocator for");
}

Status EngineContext::output_dims(size_t place, std::vector<int64_t>& dims) {
  int32_t rank = 0;
  int64_t found[ENGINERY_BRIDGE_MAX_RANK];
  if (bridge_.output_dims(context_, static_cast<int32_t>(place), &rank, found) == 0) {
    return refused_for(place, "TensorRT does not say the shape of");
  }
  dims.assign(found, found + rank);
  return {};
}

// On the one stream: where the engine was built to run layers side by side, TensorRT makes further streams of its own,
// and has this one wait for them.
Status EngineContext::enqueue(const CudaStream& stream) {
  if (layers_) layers_->begin_run();
  if (bridge_.enqueue(context_, stream.handle()) == 0) return refused("ENGINERY_RUN_FAILED", "TensorRT does not run");
  if (layers_) layers_->end_run();
  return {};
}

std::vector<uint8_t> EngineContext::compiled_kernels() {
  log_->written.clear();
  return bridge_.save_runtime_cache(context_, &log_->callbacks()) != 0 ? std::move(log_->written)
                                                                       : std::vector<uint8_t>{};
}

Status EngineContext::refused(const char* code, const std::string& what) { return failed_as_logged(code, what, *log_); }

Status EngineContext::refused_for(size_t place, const std::string& what) {
  const bool is_input = place < engine_.inputs().size();
  const TensorSpec& spec = is_input ? engine_.inputs()[place] : engine_.outputs()[place - engine_.inputs().size()];
  return refused("ENGINERY_RUN_FAILED", what + (is_input ? " input \"" : " output \"") + spec.name + "\"");
}

}  // namespace enginery
