// Putting a finished file on disk, before a rename makes it visible.
#pragma once

#include <string>

#include "core/status.h"

namespace enginery {

// Blocks for as long as the disk takes: call it on a job thread.
Status sync_file(const std::string& path);

// What errno says of a file, as a status: `path` cannot be opened: No such file or directory.
Status file_failed(const std::string& path, const char* what);

}  // namespace enginery
