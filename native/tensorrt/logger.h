// The one logger TensorRT ever gets from us.
//
// TensorRT keeps the first logger it is given for the life of the process and complains about others, so this one is
// immortal and forwards each line to the operation it belongs to.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

nvinfer1::ILogger& logger();

// While alive, lines logged on this thread go to `operation`. Lines from TensorRT's own threads carry no sign of their
// origin: they go to every live operation, which is the right one unless several builds run at once.
class LogScope {
 public:
  explicit LogScope(Operation& operation);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

 private:
  Operation& operation_;
};

}  // namespace enginery
