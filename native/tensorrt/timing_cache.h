// The timing cache of one build: started from a file's contents, merged into the file afterwards. The file itself is
// the caller's business.
#pragma once

#include <memory>

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

class TimingCache {
 public:
  // Gives the configuration a cache, if the build asks for one. A file of another TensorRT or device is no reason to
  // fail: the build starts from an empty cache, says so, and leaves the file as it is.
  TimingCache(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilderConfig& config);

  // After the build: adds what it measured to what the file holds by then.
  void keep();

 private:
  Operation& operation_;
  nvinfer1::IBuilderConfig& config_;
  std::unique_ptr<nvinfer1::ITimingCache> cache_;  // outlives the build, which refers to it
};

}  // namespace enginery
