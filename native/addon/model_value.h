// A model as JS gives it: the path of a file, or what is in one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "addon/napi_setup.h"

namespace enginery {

// Fills one of the two. Bytes are copied now: the caller may transfer or change the buffer while the job is queued.
void read_model(const Napi::Value& model, std::string& path, std::vector<uint8_t>& bytes);

}  // namespace enginery
