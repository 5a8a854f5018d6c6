#include "core/loaded_engine.h"

#include <algorithm>
#include <utility>

#include "core/read_file.h"

namespace enginery {
namespace {

std::vector<int64_t> copied(const int64_t* values, int32_t count) { return {values, values + count}; }

// The elements of a tensor that shapes are computed from.
std::vector<int64_t> values_of(const TensorBuffer& tensor) {
  std::vector<int64_t> values;
  if (tensor.type == ElementType::int64) {
    const auto* const data = static_cast<const int64_t*>(tensor.data);
    values.assign(data, data + tensor.bytes / sizeof *data);
  } else if (tensor.type == ElementType::int32) {
    const auto* const data = static_cast<const int32_t*>(tensor.data);
    values.assign(data, data + tensor.bytes / sizeof *data);
  }
  return values;
}

bool within(const std::vector<int64_t>& values, const LoadedEngine::Bounds& bounds) {
  if (values.size() != bounds.min.size()) return false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < bounds.min[i] || values[i] > bounds.max[i]) return false;
  }
  return true;
}

// ENGINERY_ENGINE_MISMATCH is for what another build of the engine helps against, and nothing else.
const char* code_of(int32_t outcome) {
  switch (outcome) {
    case ENGINERY_BRIDGE_SETTING_REFUSED:
      return "ENGINERY_OPTION_UNSUPPORTED";
    case ENGINERY_BRIDGE_NO_ENGINE:
      return "ENGINERY_ENGINE_MISMATCH";
    case ENGINERY_BRIDGE_NO_RUNTIME:
      return "ENGINERY_DEVICE_UNAVAILABLE";
    case ENGINERY_BRIDGE_NO_MEMORY:
      return "ENGINERY_DEVICE_MEMORY";
    default:
      return "ENGINERY_SESSION_FAILED";
  }
}

}  // namespace

Status LoadedEngine::load(const EngineOptions& options, std::unique_ptr<LoadedEngine>& out) {
  std::unique_ptr<LoadedEngine> engine(new LoadedEngine);
  Status status = engine->open(options);
  if (status.ok()) status = engine->describe();
  if (!status.ok()) return status;
  out = std::move(engine);
  return {};
}

LoadedEngine::~LoadedEngine() { unload(); }

void LoadedEngine::unload() {
  if (engine_ != nullptr) {
    CudaDevice::Entered entered;
    if (device_->enter_to_free(entered)) {
      bridge().unload(engine_);
      at_work_.reset();
    }
  }
  engine_ = nullptr;
  static_cast<void>(at_work_.release());  // what could not be unloaded stays
  weights_.reset();
  std::shared_ptr<CudaDevice> device;  // closed here, if this is the last to let go, and on no thread of JS's
  std::lock_guard lock(device_mutex_);
  device.swap(device_);
}

std::shared_ptr<CudaDevice> LoadedEngine::shared_device() const {
  std::lock_guard lock(device_mutex_);
  return device_;
}

Status LoadedEngine::open(const EngineOptions& options) {
  Status status = CudaDevice::open(options.driver, options.device, device_);
  if (status.ok()) status = tensorrt_.open_for_running(options.library);
  // The whole file, in memory until it is loaded: TensorRT takes files in pieces (IStreamReaderV2) from 10.7 on only.
  std::vector<uint8_t> bytes;
  if (status.ok()) status = read_file(options.plan_path, bytes);
  CudaDevice::Entered entered;
  if (status.ok()) status = device_->enter(entered);
  if (!status.ok()) return status;
  memory_ = std::make_unique<EngineMemory>(options.memory_limit);
  weights_ = std::make_unique<EngineMemory::Share>(*memory_, &EngineMemory::weights);
  const bool budgeted = options.weight_budget != ENGINERY_BRIDGE_NO_BUDGET;
  if (!budgeted) status = weights_->grow(bytes.size());
  if (!status.ok()) return status;
  const EngineryBridgePlan plan{bytes.data(), bytes.size(), options.host_code ? 1 : 0, options.weight_budget};
  status = device_->without_kept_memory([&] { return deserialize(options, plan); });
  return status.ok() && budgeted ? count_weights(bytes.size()) : status;
}

Status LoadedEngine::deserialize(const EngineOptions& options, const EngineryBridgePlan& plan) {
  BridgeLog log(options.on_log, options.log_severity);
  EngineryBridgeResult result{};
  const int32_t outcome = bridge().load(&tensorrt_.library, &plan, &log.callbacks(), &result, &engine_);
  if (outcome == ENGINERY_BRIDGE_OK) {
    at_work_ = std::make_unique<RunningJob>();
    return {};
  }
  const bool refused = outcome == ENGINERY_BRIDGE_SETTING_REFUSED;
  Status status = failed_as_logged(
      code_of(outcome),
      refused ? std::string("TensorRT refuses the option ") + result.refused : "TensorRT does not load the engine",
      log);
  status.subject = refused ? result.refused : options.plan_path;
  return device_->lost_or(std::move(status));
}

// How many of them can be streamed, only the engine tells.
Status LoadedEngine::count_weights(size_t plan_bytes) {
  EngineryBridgeEngineInfo info{};
  bridge().info(engine_, &info);
  const auto streamed = static_cast<size_t>(std::max<int64_t>(info.streamed_bytes, 0));
  streams_weights_ = streamed > 0;
  return weights_->grow(plan_bytes - std::min(plan_bytes, streamed));
}

Status LoadedEngine::describe() {
  EngineryBridgeEngineInfo info{};
  bridge().info(engine_, &info);
  scratch_bytes_ = static_cast<size_t>(std::max<int64_t>(info.scratch_bytes, 0));
  for (int32_t place = 0; place < info.inputs + info.outputs; ++place) {
    EngineryBridgeIoTensor tensor{};
    bridge().tensor(engine_, place, &tensor);
    if (tensor.rank < 0 || tensor.rank > ENGINERY_BRIDGE_MAX_RANK) {
      return Status::failed("ENGINERY_SESSION_FAILED",
                            std::string("The engine does not say the rank of ") + tensor.name);
    }
    TensorSpec spec{tensor.name, tensor.type, copied(tensor.dims, tensor.rank), {}};
    spec.symbols.resize(spec.dims.size());
    tensors_.push_back({element_type_named(spec.type), tensor.host != 0, tensor.alias});
    if (tensor.alias >= 0) tensors_[static_cast<size_t>(tensor.alias)].alias = place;
    (place < info.inputs ? inputs_ : outputs_).push_back(std::move(spec));
  }
  profiles_.resize(static_cast<size_t>(std::max(info.profiles, 0)));
  for (int32_t profile = 0; profile < info.profiles; ++profile) {
    for (int32_t input = 0; input < info.inputs; ++input) {
      EngineryBridgeBounds bounds{};
      if (bridge().bounds(engine_, profile, input, &bounds) == 0) bounds = {};
      profiles_[static_cast<size_t>(profile)].push_back(
          {copied(bounds.min, bounds.count), copied(bounds.opt, bounds.count), copied(bounds.max, bounds.count)});
    }
  }
  return {};
}

bool LoadedEngine::has_host_tensors() const {
  return std::any_of(tensors_.begin(), tensors_.end(), [](const Tensor& tensor) { return tensor.host; });
}

Status LoadedEngine::sound() const {
  if (sound_) return {};
  return Status::failed("ENGINERY_RUN_FAILED",
                        "A refit failed half-way, and left the engine with weights of two models. Refit it again.");
}

bool LoadedEngine::takes(int32_t profile, const std::vector<TensorBuffer>& feeds) const {
  const auto& bounds = profiles_[static_cast<size_t>(profile)];
  for (size_t i = 0; i < feeds.size(); ++i) {
    if (tensors_[i].host && feeds[i].device != nullptr) return false;  // not for the CPU to read
    if (!within(tensors_[i].host ? values_of(feeds[i]) : feeds[i].dims, bounds[i])) return false;
  }
  return true;
}

// Several contexts may use one profile at a time. NVIDIA's text on IExecutionContext still asks for separate ones, but
// since TensorRT 10.0 profiles are shared and that cannot be turned off (PreviewFeature::kPROFILE_SHARING_0806).
int32_t LoadedEngine::profile_for(const std::vector<TensorBuffer>& feeds, int32_t preferred) const {
  if (preferred >= 0 && takes(preferred, feeds)) return preferred;
  for (int32_t profile = 0; profile < static_cast<int32_t>(profiles_.size()); ++profile) {
    if (takes(profile, feeds)) return profile;
  }
  return -1;
}

}  // namespace enginery
