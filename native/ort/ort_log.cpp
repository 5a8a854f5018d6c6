#include "ort/ort_log.h"

#include <exception>

#include "ort/ort_api.h"

namespace enginery::ort {
namespace {

// Of one operation; a library in a fit may log without end.
constexpr size_t kMaxLines = 200;

thread_local LogCapture* current = nullptr;

Severity severity_of(int32_t level) {
  switch (level) {
    case LOG_VERBOSE:
      return Severity::verbose;
    case LOG_INFO:
      return Severity::info;
    case LOG_WARNING:
      return Severity::warning;
    default:
      return Severity::error;
  }
}

}  // namespace

void LogSink::take(void* sink, int32_t level, const char*, const char*, const char*, const char* message) {
  try {
    const LogLine line{severity_of(level), message};
    if (current != nullptr) current->keep(line);
    if (const auto& listener = static_cast<const LogSink*>(sink)->listener_) listener(line);
  } catch (const std::exception&) {
    // Out of memory: the line is lost, as no exception may pass through ONNX Runtime.
  }
}

LogCapture::LogCapture() { current = this; }

LogCapture::~LogCapture() { current = nullptr; }

void LogCapture::keep(const LogLine& line) {
  if (line.severity <= Severity::warning && lines_.size() < kMaxLines) lines_.push_back(line);
}

}  // namespace enginery::ort
