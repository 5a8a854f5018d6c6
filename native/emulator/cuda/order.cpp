#include "cuda/order.h"

#include "cuda/machine.h"
#include "cuda/memory.h"
#include "cuda/reports.h"

namespace emulator {
namespace {

bool before(const Stamp& first, const Stamp& second) { return second.clock.covers(first.stream, first.index); }

bool seen_by_host(const Stamp& stamp) { return machine().host.covers(stamp.stream, stamp.index); }

// What is over, and what a later access of the same stream stands for, need not be kept.
bool superseded(const Access& old, const Access& fresh) {
  if (seen_by_host(*old.by)) return true;
  return old.by->stream == fresh.by->stream && old.by->index <= fresh.by->index && fresh.begin <= old.begin &&
         old.end <= fresh.end && (fresh.writes || !old.writes);
}

}  // namespace

std::string Stamp::text() const {
  const bool by_default = stream > ~stream;  // see cuDevicePrimaryCtxRetain
  return std::string(what) + " (operation " + std::to_string(index) + " of " +
         (by_default ? "the default stream" : "stream " + std::to_string(stream)) + ")";
}

void touch(Allocation& allocation, Access access) {
  for (const Access& other : allocation.accesses) {
    const bool conflict = access.writes || other.writes;
    const bool overlap = other.begin < access.end && access.begin < other.end;
    if (!conflict || !overlap || seen_by_host(*other.by)) continue;
    if (before(*other.by, *access.by) || before(*access.by, *other.by)) continue;
    report(access.by->text() + (access.writes ? " writes" : " reads") + " memory that " + other.by->text() +
           (other.writes ? " writes" : " reads") + ", and nothing orders them (" + allocation.text() + ")");
  }
  std::erase_if(allocation.accesses, [&](const Access& old) { return superseded(old, access); });
  allocation.accesses.push_back(std::move(access));
}

bool may_be_used(const Range& range, bool touches) {
  const size_t begin = static_cast<size_t>(range.bytes - range.allocation->bytes);
  for (const Access& access : range.allocation->accesses) {
    const bool overlap = access.begin < begin + range.size && begin < access.end;
    if (overlap && (access.writes || touches) && !seen_by_host(*access.by)) return true;
  }
  return false;
}

bool check_unused(const Allocation& allocation, const Stamp* by, const char* what) {
  bool used = false;
  for (const Access& access : allocation.accesses) {
    if (seen_by_host(*access.by) || (by != nullptr && before(*access.by, *by))) continue;
    report(std::string(what) + ": " + allocation.text() + " is freed while " + access.by->text() + " may still use it");
    used = true;
  }
  return used;
}

}  // namespace emulator
