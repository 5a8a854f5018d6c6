#include "cuda/faults.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "control.h"
#include "cuda/reports.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

struct Plan {
  std::mutex mutex;
  std::condition_variable forgotten;
  std::atomic<bool> idle{true};  // asked without the lock: nearly every call has nothing planned
  uint64_t generation = 0;
  std::vector<Fault> faults;
  bool counts = false;
  std::map<std::string, uint64_t, std::less<>> calls;

  void changed() { idle = faults.empty() && !counts; }  // with the lock
};

Plan& the_plan() {
  static Plan& all = *new Plan;
  return all;
}

// cuMemAlloc_v2 is cuMemAlloc.
std::string_view plain(std::string_view function) {
  const size_t end = function.size();
  if (end > 3 && function.substr(end - 3, 2) == "_v") return function.substr(0, end - 3);
  return function;
}

}  // namespace

void plan(Fault fault) {
  Plan& all = the_plan();
  const std::lock_guard lock(all.mutex);
  fault.function = std::string(plain(fault.function));
  all.faults.push_back(std::move(fault));
  all.changed();
}

void forget_plan() {
  Plan& all = the_plan();
  const std::lock_guard lock(all.mutex);
  all.faults.clear();
  all.changed();
  ++all.generation;
  all.forgotten.notify_all();
}

void count_calls(bool on) {
  Plan& all = the_plan();
  const std::lock_guard lock(all.mutex);
  all.counts = on;
  all.calls.clear();
  all.changed();
}

int32_t fault(const char* function) {
  settings();
  Plan& all = the_plan();
  if (all.idle) return 0;

  std::unique_lock lock(all.mutex);
  if (all.counts) ++all.calls[std::string(plain(function))];
  Fault now;
  for (Fault& planned : all.faults) {
    if (planned.function != plain(function)) continue;
    ++planned.calls;
    if (planned.nth != Fault::kEveryCall && planned.nth != planned.calls) continue;
    if (now.status == 0) now.status = planned.status;
    now.delay = std::max(now.delay, planned.delay);
    now.hangs |= planned.hangs;
    now.crashes |= planned.crashes;
  }
  if (now.crashes) std::raise(SIGSEGV);
  if (now.hangs) {
    const uint64_t generation = all.generation;
    all.forgotten.wait(lock, [&] { return all.generation != generation; });
  }
  lock.unlock();
  if (now.delay.count() > 0) std::this_thread::sleep_for(now.delay);
  return now.status;
}

}  // namespace emulator

int32_t emuFault(const char* function) { return emulator::fault(function); }

size_t emuCalls(char* text, size_t size) {
  emulator::Plan& all = emulator::the_plan();
  const std::lock_guard lock(all.mutex);
  std::string whole;
  for (const auto& [function, count] : all.calls) whole += function + " " + std::to_string(count) + "\n";
  return emulator::give_text(whole, text, size);
}
