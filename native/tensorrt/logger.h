// The one logger TensorRT ever gets from us.
//
// TensorRT keeps the first logger it is given for the life of the process and complains about others, so this one is
// immortal and forwards each line to the operation it belongs to.
//
// No object gets an IErrorRecorder. TensorRT gives errors to a recorder instead of to the log, not beside it, with
// nothing that the line does not say: "Error Code 3: API Usage Error (…)" has the code 3 (seen with TensorRT-RTX 1.7).
// Nor does that code tell a lack of memory, which comes as 1 and 2: see bridge_log.cpp.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

nvinfer1::ILogger& logger();

// While alive, lines logged on this thread go to `operation`; nowhere where that is null. Every call of a run has one:
// it takes no lock.
class LogScope {
 public:
  explicit LogScope(Operation* operation) noexcept;
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

 private:
  Operation* const operation_before_;
  const bool own_thread_before_;
};

// While alive, lines from TensorRT's own threads go to `operation`. They carry no sign of their origin: they go to
// every live operation, which is the right one unless several builds or execution contexts are alive at once.
class LiveOperation {
 public:
  explicit LiveOperation(Operation& operation);
  ~LiveOperation();
  LiveOperation(const LiveOperation&) = delete;
  LiveOperation& operator=(const LiveOperation&) = delete;

 private:
  Operation& operation_;
};

}  // namespace enginery
