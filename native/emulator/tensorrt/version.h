// The version that this library says it has: the headers' own, or the one that a line `version <family>=1.6.1.120`
// names in the file that ENGINERY_EMULATOR names.
#pragma once

#include <cstdint>
#include <string>

namespace enginery::emulator {

struct Version {
  int32_t major = 0;
  int32_t minor = 0;
  int32_t patch = 0;
  int32_t build = 0;

  int32_t number() const { return major * 10000 + minor * 100 + patch; }
};

// Read once.
const Version& version();

// The version and the device that is current: what the caches of one build or run fit. A line of theirs.
std::string caches_fit();

}  // namespace enginery::emulator
