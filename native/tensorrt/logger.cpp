#include "tensorrt/logger.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace enginery {
namespace {

thread_local Operation* current = nullptr;

class Logger final : public nvinfer1::ILogger {
 public:
  void log(Severity severity, const char* message) noexcept override {
    if (current != nullptr) {
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

LogScope::LogScope(Operation& operation) : operation_(operation) {
  instance().add(operation_);
  current = &operation_;
}

LogScope::~LogScope() {
  current = nullptr;
  instance().remove(operation_);
}

}  // namespace enginery
