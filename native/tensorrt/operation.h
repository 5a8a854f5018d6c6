// One call through the bridge: the caller's callbacks, and what has been seen so far.
#pragma once

#include <atomic>
#include <cstdio>
#include <string>

#include "tensorrt/bridge.h"

namespace enginery {

class Operation {
 public:
  Operation(const EngineryBridgeLibrary& library, const EngineryBridgeCallbacks& callbacks,
            EngineryBridgeResult& result)
      : library(library), callbacks(callbacks), result_(result) {}

  const EngineryBridgeLibrary& library;
  const EngineryBridgeCallbacks& callbacks;
  int errors = 0;  // logged at error severity or worse by calls on the operation's own thread
  std::atomic<bool> cancelled{false};

  // Lines of our own in TensorRT's log.
  void warn(const std::string& message) const {
    callbacks.log(callbacks.user, ENGINERY_BRIDGE_LOG_WARNING, message.c_str());
  }
  void error(const std::string& message) const {
    callbacks.log(callbacks.user, ENGINERY_BRIDGE_LOG_ERROR, message.c_str());
  }

  int32_t refuse(int32_t status, const std::string& what) {
    std::snprintf(result_.refused, sizeof result_.refused, "%s", what.c_str());
    return status;
  }

 private:
  EngineryBridgeResult& result_;
};

}  // namespace enginery
