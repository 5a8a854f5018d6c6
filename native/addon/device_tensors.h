// The device tensors of one environment, by the numbers that JS knows them by. They end with it. JS thread only.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "core/run.h"

namespace enginery {

class DeviceTensors {
 public:
  using Number = uint64_t;  // exact as a number of JS's, and never used again

  Number add(const TensorBuffer& tensor);

  // Null where there is none of that number.
  const TensorBuffer* find(Number number) const;

  // Runs and downloads that use it keep the memory until they end.
  void remove(Number number) { tensors_.erase(number); }

  // Takes back all that were added after `number`.
  void remove_after(Number number);

  Number last() const { return last_; }
  void clear() { tensors_.clear(); }

 private:
  std::unordered_map<Number, TensorBuffer> tensors_;
  Number last_ = 0;
};

}  // namespace enginery
