// The phases of a build, as a progress monitor sees them.
#pragma once

#include "emulator/tensorrt/onnx_graph.h"
#include "tensorrt/family.h"

namespace enginery::emulator {

class BuildProgress {
 public:
  BuildProgress(nvinfer1::IProgressMonitor* monitor, const OnnxGraph& graph) : monitor_(monitor), graph_(graph) {}

  // Goes through all phases, one of them on a thread of its own as TensorRT does. False: the monitor cancelled.
  bool run();

 private:
  bool phase(const char* name, const char* parent, int32_t steps);

  nvinfer1::IProgressMonitor* const monitor_;
  const OnnxGraph& graph_;
};

}  // namespace enginery::emulator
