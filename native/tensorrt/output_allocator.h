// Passes TensorRT's wish for an output's memory on.
#pragma once

#include "tensorrt/execution.h"
#include "tensorrt/family.h"

namespace enginery {

class OutputAllocator final : public nvinfer1::IOutputAllocator {
 public:
  void forward(const EngineryBridgeOutputAllocator& to, int32_t place) {
    to_ = &to;
    place_ = place;
  }
  void forget() { to_ = nullptr; }
  bool is_set() const { return to_ != nullptr; }

  // All memory has the alignment of 256 that TensorRT wants of addresses, and none is freed before the run is over.
  void* reallocateOutputAsync(const char*, void*, uint64_t size, uint64_t, cudaStream_t) noexcept override {
    return to_->reallocate(to_->user, place_, size);
  }
  void notifyShape(const char*, const nvinfer1::Dims& dims) noexcept override {
    to_->shape(to_->user, place_, dims.nbDims, dims.d);
  }

 private:
  const EngineryBridgeOutputAllocator* to_ = nullptr;
  int32_t place_ = 0;
};

}  // namespace enginery
