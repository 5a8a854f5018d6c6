#include "tensorrt/plugins.h"

#include <dlfcn.h>

#include <cstring>
#include <string>

#include "tensorrt/logger.h"

namespace enginery {

void register_plugins(const EngineryBridgeLibrary& library) {
  if (library.plugins == nullptr) return;
  const auto initialize =
      reinterpret_cast<bool (*)(void*, const char*)>(dlsym(library.plugins, "initLibNvInferPlugins"));
  if (initialize != nullptr) initialize(&logger(), "");
}

int32_t load_plugins(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilder& builder) {
  if (!ENGINERY_ENTERPRISE) return ENGINERY_BRIDGE_OK;
  register_plugins(operation.library);
  for (size_t i = 0; i < build.setting_count; ++i) {
    const EngineryBridgeSetting& setting = build.settings[i];
    if (std::strcmp(setting.name, "plugins") != 0) continue;
    if (builder.getPluginRegistry().loadLibrary(setting.text) == nullptr) {
      // TensorRT's own lines do not always say which library.
      operation.error("The plugin library " + std::string(setting.text) + " cannot be loaded");
      return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, setting.name);
    }
  }
  return ENGINERY_BRIDGE_OK;
}

}  // namespace enginery
