#include "core/layer_times.h"

namespace enginery {

void LayerTimes::add(const Times& run) {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < run.size(); ++i) {
    const auto& [name, milliseconds] = run[i];
    const auto [place, is_new] = places_.try_emplace({i, name}, layers_.size());
    if (is_new) layers_.push_back({name, {}});
    std::vector<float>& times = layers_[place->second].milliseconds;
    times.resize(runs_);
    times.push_back(milliseconds);
  }
  ++runs_;
}

std::vector<LayerTimes::Layer> LayerTimes::layers() const {
  std::lock_guard lock(mutex_);
  std::vector<Layer> all = layers_;
  for (Layer& layer : all) layer.milliseconds.resize(runs_);
  return all;
}

}  // namespace enginery
