// The builder: makes networks, configurations and profiles, and turns them into plans.
#pragma once

#include <memory>
#include <vector>

#include "calls.h"
#include "emulator/tensorrt/config.h"
#include "emulator/tensorrt/network.h"
#include "emulator/tensorrt/plugin_registry.h"
#include "emulator/tensorrt/profile.h"

namespace enginery::emulator {

class Builder final : public BuilderCalls {
 public:
  // Enterprise asks the driver first, as the real library does: null and a line in the log where there is none.
  static Builder* create(ILogger& logger);

  ~Builder() override;

 private:
  explicit Builder(ILogger& logger) : BuilderCalls(logger), registry_(logger) {}

  bool check(const Network& network, const Config& config) const;
  bool check_profile(const PlanProfile& profile, const PlanTensor& input, size_t index) const;
  bool work(const Network& network, const Config& config, std::string& plan);

  IBuilderConfig* do_createBuilderConfig() noexcept override { return new Config(logger(), configs_); }
  INetworkDefinition* do_createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept override {
    return new Network(logger(), *this, networks_, flags);
  }
  IOptimizationProfile* do_createOptimizationProfile() noexcept override;
  IPluginRegistry& do_getPluginRegistry() noexcept override { return registry_; }
  IHostMemory* do_buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept override;
  bool do_buildSerializedNetworkToStream(INetworkDefinition& network, IBuilderConfig& config,
                                         IStreamWriter& writer) noexcept override;
  bool do_isNetworkSupported(const INetworkDefinition& network, const IBuilderConfig& config) const noexcept override;
  int32_t do_getNbDLACores() const noexcept override { return 0; }
  bool do_setMaxThreads(int32_t count) noexcept override { return threads_ = count, count > 0; }
  int32_t do_getMaxThreads() const noexcept override { return threads_; }

  PluginRegistry registry_;
  const Dependents configs_;
  const Dependents networks_;
  std::vector<std::unique_ptr<Profile>> profiles_;
  int32_t threads_ = 1;
};

}  // namespace enginery::emulator
