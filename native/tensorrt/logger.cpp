#include "tensorrt/logger.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace enginery {
namespace {

thread_local Operation* current = nullptr;
thread_local bool own_thread = false;  // inside a LogScope

class Logger final : public nvinfer1::ILogger {
 public:
  void log(Severity severity, const char* message) noexcept override {
    if (own_thread) {
      if (current == nullptr) return;
      if (severity <= Severity::kERROR) ++current->errors;
      return deliver(*current, severity, message);
    }
    // Held while delivering: an operation must not end under a line that is on its way to it.
    std::lock_guard lock(mutex_);
    for (Operation* operation : live_) deliver(*operation, severity, message);
  }

  void add(Operation& operation) {
    std::lock_guard lock(mutex_);
    live_.push_back(&operation);
  }

  void remove(Operation& operation) {
    std::lock_guard lock(mutex_);
    live_.erase(std::find(live_.begin(), live_.end(), &operation));
  }

 private:
  static void deliver(Operation& operation, Severity severity, const char* message) noexcept {
    operation.callbacks.log(operation.callbacks.user, static_cast<int32_t>(severity),
                            message != nullptr ? message : "");
  }

  std::mutex mutex_;
  std::vector<Operation*> live_;
};

Logger& instance() {
  static auto* const logger = new Logger();
  return *logger;
}

}  // namespace

nvinfer1::ILogger& logger() { return instance(); }

LogScope::LogScope(Operation* operation) noexcept
    : operation_before_(std::exchange(current, operation)), own_thread_before_(std::exchange(own_thread, true)) {}

LogScope::~LogScope() {
  current = operation_before_;
  own_thread = own_thread_before_;
}

LiveOperation::LiveOperation(Operation& operation) : operation_(operation) { instance().add(operation_); }

LiveOperation::~LiveOperation() { instance().remove(operation_); }

}  // namespace enginery
