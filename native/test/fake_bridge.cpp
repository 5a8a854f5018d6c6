// A module in a bridge's place, of another ABI or family, as CMakeLists.txt says.
#include "tensorrt/bridge.h"

namespace {

constexpr EngineryBridge kBridge{FAKE_ABI, FAKE_FAMILY, 0, nullptr, nullptr, nullptr};

}  // namespace

extern "C" const EngineryBridge* enginery_bridge() { return &kBridge; }
