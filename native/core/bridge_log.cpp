#include "core/bridge_log.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace enginery {
namespace {

// Of one operation; a library in a fit may log without end.
constexpr size_t kMaxLines = 200;

Severity severity_of(int32_t severity) {
  if (severity <= ENGINERY_BRIDGE_LOG_ERROR) return Severity::error;
  if (severity == ENGINERY_BRIDGE_LOG_WARNING) return Severity::warning;
  return severity == ENGINERY_BRIDGE_LOG_INFO ? Severity::info : Severity::verbose;
}

// TensorRT has no status that says so. "Error Code 2: OutOfMemory (Requested size was 1024 bytes.)"; and "Error Code 1:
// Cuda Runtime (out of memory)".
bool is_of_memory(const LogLine& line) {
  return line.severity == Severity::error && (line.message.find("OutOfMemory") != std::string::npos ||
                                              line.message.find("out of memory") != std::string::npos);
}

}  // namespace

BridgeLog::BridgeLog(std::function<void(const LogLine&)> listener, Severity least)
    : listener_(std::move(listener)), least_(least) {
  callbacks_.user = this;
  callbacks_.log = [](void* self, int32_t severity, const char* message) {
    static_cast<BridgeLog*>(self)->log(severity, message);
  };
  callbacks_.parser_error = [](void* self, const EngineryBridgeParserError* e) {
    try {
      static_cast<BridgeLog*>(self)->parser_errors.push_back(
          {e->code, e->node, e->op, e->file, e->line, e->function, e->description});
    } catch (const std::exception&) {
      // Out of memory: as with a line.
    }
  };
  callbacks_.write = [](void* self, const void* data, size_t size) -> int32_t {
    try {
      const auto* const bytes = static_cast<const uint8_t*>(data);
      auto& written = static_cast<BridgeLog*>(self)->written;
      written.insert(written.end(), bytes, bytes + size);
      return 1;
    } catch (const std::exception&) {
      return 0;
    }
  };
}

// TensorRT has much to say that nobody wants to hear: such lines must cost nothing.
void BridgeLog::log(int32_t bridge_severity, const char* message) {
  const Severity severity = severity_of(bridge_severity);
  const bool heard = listener_ && severity <= least_;
  const bool kept = severity <= Severity::warning;
  if (!heard && !kept) return;
  try {
    const LogLine line{severity, message};
    if (heard) listener_(line);
    if (!kept) return;
    std::lock_guard lock(mutex_);
    if (lines_.size() < kMaxLines) lines_.push_back(line);
    any_ = true;
  } catch (const std::exception&) {
    // Out of memory: the line is lost, as no exception may pass through TensorRT.
  }
}

std::vector<LogLine> BridgeLog::take() {
  std::lock_guard lock(mutex_);
  any_ = false;
  return std::exchange(lines_, {});
}

Status failed_as_logged(std::string code, const std::string& what, BridgeLog& log) {
  Status status = Status::failed(std::move(code), what);
  status.log = log.take();
  if (std::any_of(status.log.begin(), status.log.end(), is_of_memory)) status.code = "ENGINERY_DEVICE_MEMORY";
  for (const LogLine& line : status.log) {
    if (line.severity == Severity::error) status.message += (status.message == what ? ": " : "; ") + line.message;
  }
  return status;
}

}  // namespace enginery
