// Vector clocks: of each stream, up to which operation something is known to have happened before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

namespace emulator {

class Clock {
 public:
  bool covers(uint64_t stream, uint64_t index) const {
    const auto known = known_.find(stream);
    return known != known_.end() && known->second >= index;
  }

  void advance(uint64_t stream, uint64_t index) {
    uint64_t& known = known_[stream];
    known = std::max(known, index);
  }

  void join(const Clock& other) {
    for (const auto& [stream, index] : other.known_) advance(stream, index);
  }

  // Of a stream that is gone and whose operations are all over.
  void forget(uint64_t stream) { known_.erase(stream); }

 private:
  std::map<uint64_t, uint64_t> known_;
};

}  // namespace emulator
