#include "addon/device_tensors.h"

namespace enginery {

DeviceTensors::Number DeviceTensors::add(const TensorBuffer& tensor) {
  tensors_.emplace(last_ + 1, tensor);
  return ++last_;
}

const TensorBuffer* DeviceTensors::find(Number number) const {
  const auto found = tensors_.find(number);
  return found == tensors_.end() ? nullptr : &found->second;
}

void DeviceTensors::remove_after(Number number) {
  while (last_ > number) remove(last_--);
}

}  // namespace enginery
