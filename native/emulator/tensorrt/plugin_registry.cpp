#include "emulator/tensorrt/plugin_registry.h"

#include <dlfcn.h>

namespace enginery::emulator {

IPluginRegistry::PluginLibraryHandle PluginRegistry::do_loadLibrary(const AsciiChar* path) noexcept {
  void* const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    error(std::string("IPluginRegistry::loadLibrary: ") + dlerror());
    return nullptr;
  }
  if (dlsym(library, "getCreators") != nullptr || dlsym(library, "getPluginCreators") != nullptr) return library;
  error(std::string("IPluginRegistry::loadLibrary: ") + path + " has neither getCreators nor getPluginCreators");
  return nullptr;
}

IPluginCreatorInterface* const* PluginRegistry::do_getAllCreators(int32_t* count) const noexcept {
  *count = 0;
  return nullptr;
}

IPluginCreatorInterface* const* PluginRegistry::do_getAllCreatorsRecursive(int32_t* count) noexcept {
  *count = 0;
  return nullptr;
}

}  // namespace enginery::emulator
