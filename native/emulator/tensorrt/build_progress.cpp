#include "emulator/tensorrt/build_progress.h"

#include <thread>

namespace enginery::emulator {
namespace {

constexpr const char* kBuild = "Building engine";

}  // namespace

bool BuildProgress::phase(const char* name, const char* parent, int32_t steps) {
  monitor_->phaseStart(name, parent, steps);
  bool going_on = true;
  for (int32_t step = 0; going_on && step < steps; ++step) going_on = monitor_->stepComplete(name, step);
  monitor_->phaseFinish(name);
  return going_on;
}

bool BuildProgress::run() {
  if (monitor_ == nullptr) return true;
  const auto layers = static_cast<int32_t>(graph_.nodes.size());
  monitor_->phaseStart(kBuild, nullptr, 2);
  bool going_on = phase("Optimizing graph", kBuild, layers) && monitor_->stepComplete(kBuild, 0);
  if (going_on) std::thread([&] { going_on = phase("Selecting kernels", kBuild, layers); }).join();
  going_on = going_on && monitor_->stepComplete(kBuild, 1);
  monitor_->phaseFinish(kBuild);
  return going_on;
}

}  // namespace enginery::emulator
