// What a bridge logs while it is at work: kept for the operation that fails, and passed on to who listens.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/status.h"
#include "tensorrt/bridge.h"

namespace enginery {

class BridgeLog {
 public:
  // The listener hears `least`, and what is worse.
  explicit BridgeLog(std::function<void(const LogLine&)> listener, Severity least = Severity::verbose);
  BridgeLog(const BridgeLog&) = delete;
  BridgeLog& operator=(const BridgeLog&) = delete;

  // For the bridge; lives as long as this. `write` appends to `written`, and the parser's errors to `parser_errors`.
  const EngineryBridgeCallbacks& callbacks() const { return callbacks_; }

  // What was logged so far belongs to what is over.
  void forget() {
    if (any_) take();
  }

  // Warnings and worse since the last time.
  std::vector<LogLine> take();

  std::vector<uint8_t> written;
  std::vector<ParserError> parser_errors;

 private:
  void log(int32_t severity, const char* message);

  const std::function<void(const LogLine&)> listener_;
  const Severity least_;
  EngineryBridgeCallbacks callbacks_{};
  std::mutex mutex_;
  std::atomic<bool> any_{false};  // of them, to be seen without the lock
  std::vector<LogLine> lines_;
};

// A failure whose reason is in the log: its errors are part of the message. ENGINERY_DEVICE_MEMORY instead of `code`
// where they say that the GPU has no more memory.
Status failed_as_logged(std::string code, const std::string& what, BridgeLog& log);

}  // namespace enginery
