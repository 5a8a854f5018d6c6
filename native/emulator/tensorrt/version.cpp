#include "emulator/tensorrt/version.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "emulator/tensorrt/driver.h"
#include "tensorrt/family.h"

namespace enginery::emulator {
namespace {

Version read_version() {
  Version version{NV_TENSORRT_MAJOR, NV_TENSORRT_MINOR, NV_TENSORRT_PATCH, NV_TENSORRT_BUILD};
  const char* const named = std::getenv("ENGINERY_EMULATOR");
  std::ifstream settings(named != nullptr ? named : "");
  const std::string prefix = ENGINERY_FAMILY "=";
  for (std::string line; std::getline(settings, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word != "version") continue;
    while (words >> word) {
      if (word.compare(0, prefix.size(), prefix) != 0) continue;
      version = {};
      std::sscanf(word.c_str() + prefix.size(), "%d.%d.%d.%d", &version.major, &version.minor, &version.patch,
                  &version.build);
    }
  }
  return version;
}

}  // namespace

const Version& version() {
  static const Version known = read_version();
  return known;
}

std::string caches_fit() {
  const Driver* const cuda = usable_driver();
  const Version& it = version();
  return std::to_string(it.number()) + "." + std::to_string(it.build) + " on " +
         std::to_string(cuda != nullptr ? current_compute_capability(*cuda) : 0);
}

}  // namespace enginery::emulator
