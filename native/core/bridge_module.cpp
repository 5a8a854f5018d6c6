#include "core/bridge_module.h"

#include <filesystem>

#include "core/shared_library.h"

namespace enginery {
namespace {

constexpr const char* kFamilies[] = {"rtx", "ent11", "ent10"};

std::string module_path(const std::string& family) { return self_directory() + "/enginery_trt_" + family + ".so"; }

}  // namespace

std::string family_of(const std::string& product, int32_t version) {
  const int32_t major = version / 10000;
  if (product == "tensorrt-rtx") return major == 1 && version >= 10500 ? "rtx" : "";
  if (product == "tensorrt" && version == 100800) return "";
  if (product == "tensorrt" && (major == 10 || major == 11)) return major == 10 ? "ent10" : "ent11";
  return "";
}

std::vector<std::string> installed_families() {
  std::vector<std::string> families;
  for (const char* family : kFamilies) {
    std::error_code error;
    if (std::filesystem::exists(module_path(family), error)) families.emplace_back(family);
  }
  return families;
}

Status load_bridge(const std::string& family, const EngineryBridge*& out) {
  const std::string path = module_path(family);
  SharedLibrary module;
  Status status = SharedLibrary::open(path, module);
  if (!status.ok()) {
    status.code = "ENGINERY_NATIVE_UNAVAILABLE";  // a file of this package, not a library of the user's
    return status;
  }
  const auto entry = module.function<EngineryBridgeEntry>(ENGINERY_BRIDGE_ENTRY);
  const EngineryBridge* bridge = entry == nullptr ? nullptr : entry();
  if (bridge == nullptr || bridge->abi != ENGINERY_BRIDGE_ABI || bridge->family != family) {
    return Status::failed("ENGINERY_NATIVE_UNAVAILABLE",
                          path + " does not belong to this build of enginery; install the package again", path);
  }
  out = bridge;
  return {};
}

}  // namespace enginery
