#include "cuda/reports.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <mutex>

#include "control.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

struct Reports {
  std::mutex mutex;
  std::string text;
  std::string file;
};

// Never destroyed, as everything here: threads outlive main.
Reports& reports() {
  static Reports& all = *new Reports;
  return all;
}

}  // namespace

void report(const std::string& what) {
  Reports& all = reports();
  const std::lock_guard lock(all.mutex);
  all.text += what + "\n";
  if (!all.file.empty()) std::ofstream(all.file, std::ios::app) << what + "\n" << std::flush;
}

void append_reports_to(const std::string& file) {
  Reports& all = reports();
  const std::lock_guard lock(all.mutex);
  all.file = file;
}

size_t give_text(const std::string& whole, char* text, size_t size) {
  if (size > 0) {
    const size_t length = std::min(whole.size(), size - 1);
    std::memcpy(text, whole.data(), length);
    text[length] = '\0';
  }
  return whole.size();
}

}  // namespace emulator

void emuReport(const char* what) {
  emulator::settings();  // they name the file
  emulator::report(what);
}

size_t emuReports(char* text, size_t size) {
  emulator::Reports& all = emulator::reports();
  const std::lock_guard lock(all.mutex);
  return emulator::give_text(all.text, text, size);
}
