#include "emulator/tensorrt/builder.h"

#include <algorithm>

#include "emulator/tensorrt/build_progress.h"
#include "emulator/tensorrt/host_memory.h"
#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

constexpr const char* kNoDriver = "CUDA initialization failure with error: 35. Please check your CUDA installation";

// What TensorRT-RTX builds for where nothing is said; Enterprise builds for the device at hand, or for all since
// Ampere.
std::vector<int32_t> default_targets(const Plan& plan) {
  if (!ENGINERY_ENTERPRISE) return {80, 86, 89, 120, 121};
  const auto level = static_cast<HardwareCompatibilityLevel>(plan.hardware_compatibility);
  if (level == HardwareCompatibilityLevel::kAMPERE_PLUS) return {80, 86, 87, 89, 90, 100, 120, 121};
  return {current_compute_capability(*usable_driver())};
}

#ifdef ENGINERY_FAMILY_ENT10
constexpr BuilderFlag kWeakTyping[] = {BuilderFlag::kFP16, BuilderFlag::kBF16, BuilderFlag::kINT8, BuilderFlag::kFP8,
                                       BuilderFlag::kINT4};
#endif

bool fits(const std::vector<int64_t>& bound, const std::vector<int64_t>& dims) {
  return bound.size() == dims.size() && std::equal(dims.begin(), dims.end(), bound.begin(),
                                                   [](int64_t dim, int64_t at) { return dim < 0 || dim == at; });
}

}  // namespace

Builder* Builder::create(ILogger& logger) {
  if (!ENGINERY_ENTERPRISE || usable_driver() != nullptr) return new Builder(logger);
  logger.log(Severity::kERROR, kNoDriver);
  return nullptr;
}

Builder::~Builder() {
  if (configs_.any()) breach("IBuilder is destroyed before its IBuilderConfig");
  if (networks_.any()) breach("IBuilder is destroyed before its INetworkDefinition");
}

IOptimizationProfile* Builder::do_createOptimizationProfile() noexcept {
  return profiles_.emplace_back(std::make_unique<Profile>(logger())).get();
}

bool Builder::check_profile(const PlanProfile& profile, const PlanTensor& input, size_t index) const {
  const std::string where = "Network input " + input.name + ", optimization profile " + std::to_string(index) + ": ";
  const auto found = profile.find(input.name);
  const bool has_dims = found != profile.end() && !found->second.dims[0].empty();
  const bool has_values = found != profile.end() && !found->second.values[0].empty();
  if (is_dynamic(input.dims) && !has_dims) return error(where + "dynamic input is missing dimensions in profile");
  if (input.shape && !has_values) return error(where + "shape input is missing values in profile");
  for (int i = 0; has_dims && i < 3; ++i) {
    if (fits(found->second.dims[i], input.dims)) continue;
    return error(where + show(found->second.dims[i]) + " does not fit the network's " + show(input.dims));
  }
  return true;
}

bool Builder::check(const Network& network, const Config& config) const {
  if (!network.filled()) return error("Error Code 4: API Usage Error (the network has no layers)");
  if (config.on_dla()) return error("Error Code 3: API Usage Error (this device has no DLA core)");
  // Both failed on a machine without a driver.
  const bool needs_device = config.has(BuilderFlag::kREFIT) || config.has(BuilderFlag::kSTRIP_PLAN);
  if (needs_device && usable_driver() == nullptr) return error("Error Code 1: Internal Error (CUDA_SUCCESS)");
#ifdef ENGINERY_FAMILY_ENT10
  const bool strongly_typed = network.getFlag(NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
  for (const BuilderFlag flag : kWeakTyping) {
    if (strongly_typed && config.has(flag)) {
      return error("Error Code 3: API Usage Error (a strongly typed network takes no flag for a precision)");
    }
  }
#endif
  const Plan plan = network.plan();
  const bool dynamic = std::any_of(plan.tensors.begin(), plan.tensors.end(), [](const PlanTensor& it) {
    return !it.output && (it.shape || is_dynamic(it.dims));
  });
  if (dynamic && config.profiles().empty()) {
    return error("Error Code 4: Network has dynamic or shape inputs, but no optimization profile has been defined.");
  }
  for (size_t i = 0; i < config.profiles().size(); ++i) {
    for (const PlanTensor& tensor : plan.tensors) {
      if (!tensor.output && !check_profile(config.profiles()[i], tensor, i)) return false;
    }
  }
  return true;
}

bool Builder::work(const Network& network, const Config& config, std::string& bytes) {
  if (!check(network, config)) return false;
  if (TimingCache* const cache = config.timing_cache()) {
    for (const OnnxNode& node : network.graph().nodes) {
      const bool missing = cache->entries().insert(node.op + " " + node.name).second;
      if (missing && config.has(BuilderFlag::kERROR_ON_TIMING_CACHE_MISS)) {
        return error("The timing cache has no entry for " + node.name);
      }
    }
  }
  BuildProgress progress(config.monitor(), network.graph());
  if (!progress.run()) return error("Error Code 7: BuildCanceled (the progress monitor asked for it)");
  Plan plan = network.plan();
  config.apply_to(plan);
  if (plan.targets.empty()) plan.targets = default_targets(plan);
  bytes = write_plan(plan);
  return true;
}

IHostMemory* Builder::do_buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept {
  std::string plan;
  if (!work(static_cast<Network&>(network), static_cast<Config&>(config), plan)) return nullptr;
  return new HostMemory(logger(), std::move(plan));
}

bool Builder::do_buildSerializedNetworkToStream(INetworkDefinition& network, IBuilderConfig& config,
                                                IStreamWriter& writer) noexcept {
  constexpr size_t kPiece = 64 * 1024;
  std::string plan;
  if (!work(static_cast<Network&>(network), static_cast<Config&>(config), plan)) return false;
  for (size_t at = 0; at < plan.size(); at += kPiece) {
    const auto size = static_cast<int64_t>(std::min(kPiece, plan.size() - at));
    if (writer.write(plan.data() + at, size) != size) return error("IStreamWriter::write took less than it was given");
  }
  return true;
}

bool Builder::do_isNetworkSupported(const INetworkDefinition& network, const IBuilderConfig& config) const noexcept {
  return check(static_cast<const Network&>(network), static_cast<const Config&>(config));
}

}  // namespace enginery::emulator
