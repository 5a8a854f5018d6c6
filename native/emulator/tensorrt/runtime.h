// The runtime: makes engines of plans.
#pragma once

#include "calls.h"
#include "emulator/tensorrt/engine.h"
#include "emulator/tensorrt/plugin_registry.h"
#include "emulator/tensorrt/refitter.h"

namespace enginery::emulator {

class Runtime final : public RuntimeCalls {
 public:
  // Enterprise asks the driver first, as the real library does.
  static Runtime* create(ILogger& logger);
  ~Runtime() override;

 private:
  explicit Runtime(ILogger& logger) : RuntimeCalls(logger), registry_(logger) {}

  ICudaEngine* make(std::string_view bytes);

  using RuntimeCalls::do_deserializeCudaEngine;
  ICudaEngine* do_deserializeCudaEngine(const void* bytes, size_t size) noexcept override;
  ICudaEngine* do_deserializeCudaEngineV2(IStreamReaderV2& reader) noexcept override;
  IPluginRegistry& do_getPluginRegistry() noexcept override { return registry_; }
  void do_setEngineHostCodeAllowed(bool allowed) noexcept override { host_code_ = allowed; }
  bool do_getEngineHostCodeAllowed() const noexcept override { return host_code_; }
  bool do_setMaxThreads(int32_t count) noexcept override { return threads_ = count, count > 0; }
  int32_t do_getMaxThreads() const noexcept override { return threads_; }
  int32_t do_getNbDLACores() const noexcept override { return 0; }
#ifdef ENGINERY_FAMILY_RTX
  int64_t do_getEngineHeaderSize() const noexcept override { return static_cast<int64_t>(kPlanHeaderBytes); }
  EngineValidity do_getEngineValidity(const void* bytes, int64_t size, uint64_t* diagnostics) const noexcept override;
#endif

  PluginRegistry registry_;
  const Dependents engines_;
  bool host_code_ = false;
  int32_t threads_ = 1;
};

}  // namespace enginery::emulator
