// What an engine shares with its contexts, and with the work that streams and graphs still hold.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

#include "emulator/tensorrt/driver.h"
#include "emulator/tensorrt/model.h"
#include "emulator/tensorrt/onnx_graph.h"
#include "emulator/tensorrt/output_shapes.h"
#include "emulator/tensorrt/plan.h"

namespace enginery::emulator {

struct EngineCore {
  EngineCore(const Driver& cuda, CUcontext context, Plan given)
      : cuda(cuda), context(context), plan(std::move(given)), shapes(plan) {}

  const Driver& cuda;
  const CUcontext context;
  const Plan plan;
  OnnxGraph graph;
  OutputShapes shapes;
  std::atomic<int> in_flight{0};       // enqueued runs of all contexts that have not ended
  std::atomic<bool> complete{true};    // false: stripped, until it is refitted
  std::atomic<bool> streaming{false};  // weights are streamed: enqueueV3 waits for the stream

  // Null with a real driver, which computes nothing.
  std::shared_ptr<const Model> model() const {
    std::lock_guard lock(mutex_);
    return model_;
  }
  void set_model(std::shared_ptr<const Model> model) {
    std::lock_guard lock(mutex_);
    model_ = std::move(model);
  }

  const PlanTensor* tensor(const char* name) const;
  // Negative where there is no such tensor.
  int place(const char* name) const;
  size_t inputs() const;
  int32_t profiles() const;
  size_t scratch_bytes(size_t profile) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Model> model_;
};

// A block of the device's memory, of the context that is current when it is made and must be when it goes.
class DeviceMemory {
 public:
  explicit DeviceMemory(const Driver& cuda) : cuda_(cuda) {}
  ~DeviceMemory() { reset(); }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  bool allocate(size_t bytes) { return reset(), cuda_.cuMemAlloc_v2(&address_, bytes) == CUDA_SUCCESS; }
  void reset() {
    if (address_ != 0) cuda_.cuMemFree_v2(std::exchange(address_, 0));
  }
  CUdeviceptr address() const { return address_; }

 private:
  const Driver& cuda_;
  CUdeviceptr address_ = 0;
};

}  // namespace enginery::emulator
