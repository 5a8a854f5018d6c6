#include "cuda/host_memory.h"

#include <algorithm>
#include <string>

#include "cuda/order.h"
#include "cuda/reports.h"

namespace emulator {
namespace {

bool overlap(const Range& one, const Range& other) {
  return one.bytes < other.bytes + other.size && other.bytes < one.bytes + one.size;
}

// Whether anything but the host writes the range (or `touches` it at all): in the same work, or before it.
bool is_shared(const Work& work, const Range& range, bool touches) {
  size_t own = 0;
  for_each_range(work, [&](const Range& other, bool writes) { own += (writes || touches) && overlap(range, other); });
  const size_t itself = touches ? 1 : 0;
  return own > itself || may_be_used(range, touches);
}

template <typename Visit>
void for_each_copy(const Work& work, const Visit& visit) {
  if (const Copy* copy = std::get_if<Copy>(&work)) {
    visit(*copy);
  } else if (const Replay* replay = std::get_if<Replay>(&work)) {
    for (const Node& node : *replay->nodes) for_each_copy(node.work, visit);
  }
}

bool is_pinned(const Range& range) { return range.allocation != nullptr && range.allocation->pinned; }

}  // namespace

void HostMemory::watch(const Work& work) {
  for_each_copy(work, [&](const Copy& copy) {
    if (is_pinned(copy.from) && !is_shared(work, copy.from, false)) {
      sources_.push_back({copy.from, hash_of(copy.from)});
    }
    if (is_pinned(copy.to) && !is_shared(work, copy.to, true)) spoil(copy.to);
  });
}

void HostMemory::check(const Copy& copy, const char* what) const {
  const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
    return source.range.bytes == copy.from.bytes && source.range.size == copy.from.size;
  });
  if (found == sources_.end() || found->hash == hash_of(copy.from)) return;
  report(std::string(what) + ": the host wrote " + copy.from.allocation->text() + " before it was copied");
}

}  // namespace emulator
