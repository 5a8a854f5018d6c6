// What errno says of a file, as a status: `path` cannot be opened: No such file or directory.
#pragma once

#include <string>

#include "core/status.h"

namespace enginery {

// Of a file that is read: ENGINERY_FILE_NOT_FOUND, or ENGINERY_FILE_UNREADABLE.
Status read_failed(const std::string& path, const char* what);

// Of a file that is written: ENGINERY_DISK_FULL, or ENGINERY_OUTPUT_UNWRITABLE.
Status write_failed(const std::string& path, const char* what);

}  // namespace enginery
