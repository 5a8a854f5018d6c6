// How sessions are opened, as JS says it: lib/native/binding.ts. Whoever opens one adds where its log goes.
#pragma once

#include "addon/napi_setup.h"
#include "core/engine_options.h"
#include "ort/ort_options.h"

namespace enginery {

ort::OpenOptions to_open_options(const Napi::Object& object);
EngineOptions to_engine_options(const Napi::Object& object);

}  // namespace enginery
