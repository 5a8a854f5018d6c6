// A whole file in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"

namespace enginery {

// Blocks for as long as the disk takes: call it on a job thread. After a failure `out` is empty.
Status read_file(const std::string& path, std::vector<uint8_t>& out);

}  // namespace enginery
