#include "cuda/machine.h"

#include <string>

#include "control.h"
#include "cuda/reports.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

constexpr int kMaxDevices = 16;  // more than `devices` allows to be seen

}  // namespace

Machine::Machine() {
  for (int ordinal = 0; ordinal < kMaxDevices; ++ordinal) {
    Device device;
    device.ordinal = ordinal;
    device.next_address = static_cast<uint64_t>(ordinal + 1) << 48;
    devices.push_back(std::move(device));
  }
}

Machine& machine() {
  static Machine& all = *new Machine;
  return all;
}

}  // namespace emulator

size_t emuLive(char* text, size_t size) {
  using namespace emulator;
  Machine& all = machine();
  const std::lock_guard lock(all.mutex);
  std::string whole;
  const auto add = [&](const std::string& kind, size_t count) {
    if (count == 0) return;
    if (!whole.empty()) whole += ", ";
    whole += kind + " " + std::to_string(count);
  };
  size_t pinned = 0;
  for (const auto& [address, allocation] : all.allocations) pinned += allocation->pinned;
  add(all.contexts.kind(), all.contexts.live().size());
  add(all.streams.kind(), all.streams.live().size());
  add(all.events.kind(), all.events.live().size());
  add(all.graphs.kind(), all.graphs.live().size());
  add(all.graph_execs.kind(), all.graph_execs.live().size());
  add("device memory", all.allocations.size() - pinned);
  add("pinned memory", pinned);
  for (const auto& [kind, count] : all.others) add(kind, static_cast<size_t>(count));
  return give_text(whole, text, size);
}

void emuObject(const char* kind, int32_t change) {
  emulator::Machine& all = emulator::machine();
  const std::lock_guard lock(all.mutex);
  all.others[kind] += change;
}
