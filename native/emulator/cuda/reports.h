// What was done wrong: kept in order, and appended to a file where the settings name one.
#pragma once

#include <cstddef>
#include <string>

namespace emulator {

void report(const std::string& what);

void append_reports_to(const std::string& file);

// As snprintf: at most `size` bytes with the final NUL; gives the length of the whole text.
size_t give_text(const std::string& whole, char* text, size_t size);

}  // namespace emulator
