// What each layer of an engine takes, run by run.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace enginery {

class LayerTimes {
 public:
  struct Layer {
    std::string name;
    std::vector<float> milliseconds;  // by run; 0 where a run did not come to it
  };
  // One run's, in the order of layers.
  using Times = std::vector<std::pair<std::string, float>>;

  void add(const Times& run);

  // All runs since the beginning.
  std::vector<Layer> layers() const;

 private:
  mutable std::mutex mutex_;
  size_t runs_ = 0;
  std::vector<Layer> layers_;
  std::map<std::pair<size_t, std::string>, size_t> places_;  // by place in the run and name: names may come twice
};

}  // namespace enginery
