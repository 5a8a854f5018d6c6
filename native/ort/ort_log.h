// The log of ONNX Runtime's sessions: each has a sink of its own, and an operation that fails keeps what was said of
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/status.h"

namespace enginery::ort {

// Called on any thread, several at a time. Must not block.
using LogListener = std::function<void(const LogLine&)>;

// Takes the lines of one session, and must outlive it.
class LogSink {
 public:
  explicit LogSink(LogListener listener) : listener_(std::move(listener)) {}
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  // What ONNX Runtime calls (OrtLoggingFunction), with the sink that it was given.
  static void take(void* sink, int32_t level, const char* category, const char* log_id, const char* location,
                   const char* message);

 private:
  const LogListener listener_;
};

// While alive, keeps what sessions log on this thread, warnings and worse.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  void keep(const LogLine& line);
  std::vector<LogLine> take() { return std::move(lines_); }

 private:
  std::vector<LogLine> lines_;
};

}  // namespace enginery::ort
