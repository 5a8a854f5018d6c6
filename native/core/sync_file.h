// Putting a finished file on disk, before a rename makes it visible.
#pragma once

#include <string>

#include "core/status.h"

namespace enginery {

// Blocks for as long as the disk takes: call it on a job thread.
Status sync_file(const std::string& path);

}  // namespace enginery
