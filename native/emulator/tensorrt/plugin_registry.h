// A plugin registry: loads plugin libraries and asks them for nothing.
#pragma once

#include "calls.h"

namespace enginery::emulator {

class PluginRegistry final : public PluginRegistryCalls {
 public:
  using PluginRegistryCalls::PluginRegistryCalls;

 private:
  PluginLibraryHandle do_loadLibrary(const AsciiChar* path) noexcept override;
  void do_deregisterLibrary(PluginLibraryHandle) noexcept override {}
  bool do_isParentSearchEnabled() const override { return true; }
  IPluginCreatorInterface* const* do_getAllCreators(int32_t* count) const noexcept override;
  IPluginCreatorInterface* const* do_getAllCreatorsRecursive(int32_t* count) noexcept override;
};

}  // namespace enginery::emulator
