#include "tensorrt/plugins.h"

#include <dlfcn.h>

#include <cstring>
#include <mutex>
#include <set>
#include <string>

#include "tensorrt/logger.h"

namespace enginery {
namespace {

struct Loaded {
  std::mutex mutex;
  std::set<std::string> libraries;
};

Loaded& loaded() {
  static auto* const loaded = new Loaded();
  return *loaded;
}

void register_own(void* library) {
  static std::once_flag once;
  const auto initialize = library == nullptr
                              ? nullptr
                              : reinterpret_cast<bool (*)(void*, const char*)>(dlsym(library, "initLibNvInferPlugins"));
  if (initialize != nullptr) std::call_once(once, [&] { initialize(&logger(), ""); });
}

}  // namespace

int32_t load_plugins(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilder& builder) {
  if (!ENGINERY_ENTERPRISE) return ENGINERY_BRIDGE_OK;
  register_own(operation.library.plugins);
  for (size_t i = 0; i < build.setting_count; ++i) {
    const EngineryBridgeSetting& setting = build.settings[i];
    if (std::strcmp(setting.name, "plugins") != 0) continue;
    Loaded& all = loaded();
    std::lock_guard lock(all.mutex);
    if (all.libraries.count(setting.text) != 0) continue;
    if (builder.getPluginRegistry().loadLibrary(setting.text) == nullptr) {
      return operation.refuse(ENGINERY_BRIDGE_SETTING_REFUSED, std::string("plugins ") + setting.text);
    }
    all.libraries.insert(setting.text);
  }
  return ENGINERY_BRIDGE_OK;
}

}  // namespace enginery
