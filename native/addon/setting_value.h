// Settings of a builder or an execution context, as JS gives them.
#pragma once

#include <vector>

#include "addon/napi_setup.h"
#include "core/engine_build.h"

namespace enginery {

std::vector<BuildSetting> to_settings(const Napi::Value& value);

}  // namespace enginery
