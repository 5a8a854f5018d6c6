#include "cuda/running.h"

#include <mutex>

#include "cuda/machine.h"

namespace emulator {
namespace {

thread_local Running* current_work = nullptr;

void note(const Range& range, const std::shared_ptr<const Stamp>& stamp, bool writes) {
  const size_t begin = static_cast<size_t>(range.bytes - range.allocation->bytes);
  touch(*range.allocation, {stamp, begin, begin + range.size, writes});
}

}  // namespace

Running::Running(const char* name, std::shared_ptr<Context> owner, std::shared_ptr<const Stamp> stamp)
    : what(name), context(std::move(owner)), stamp_(std::move(stamp)), outer_(current_work) {
  current_work = this;
}

Running::~Running() { current_work = outer_; }

Running* Running::current() { return current_work; }

void Running::touch(const Range& range) {
  if (stamp_ == nullptr) return;
  note(range, stamp_, false);
  touched_.push_back({range, hash_of(range)});
}

void Running::note_writes() {
  for (const Touched& touched : touched_) {
    if (hash_of(touched.range) == touched.hash) continue;
    const std::lock_guard lock(machine().mutex);
    if (touched.range.allocation->live) note(touched.range, stamp_, true);
  }
}

}  // namespace emulator
