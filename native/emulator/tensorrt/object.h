// What all emulated objects have: a logger, an error recorder, and the guard at the door of each of their functions.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "emulator/tensorrt/driver.h"
#include "emulator/tensorrt/version.h"
#include "tensorrt/family.h"

namespace enginery::emulator {

// Counts the objects that must go before the one that made them. It may go first, wrong as that is.
class Dependents {
 public:
  class One {
   public:
    explicit One(const Dependents& all) : count_(all.count_) { ++*count_; }
    One(const One&) = delete;
    One& operator=(const One&) = delete;
    ~One() { --*count_; }

   private:
    const std::shared_ptr<std::atomic<int>> count_;
  };

  bool any() const { return *count_ > 0; }

 private:
  std::shared_ptr<std::atomic<int>> count_ = std::make_shared<std::atomic<int>>(0);
};

class Object {
 public:
  using Severity = nvinfer1::ILogger::Severity;

  // `kind` names it among the live objects. `one_thread`: calls of two threads at once are a breach.
  Object(const char* kind, nvinfer1::ILogger& logger, bool one_thread = false);
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  nvinfer1::ILogger& logger() const { return logger_; }
  nvinfer1::IErrorRecorder* recorder() const { return recorder_; }
  void set_recorder(nvinfer1::IErrorRecorder* recorder);

  void log(Severity severity, const std::string& message) const { logger_.log(severity, message.c_str()); }
  // A failure: a line in the log, and an entry of the recorder where there is one. Gives false.
  bool error(const std::string& message) const;
  // A rule was broken: a report, and a failure.
  bool breach(const std::string& message) const;

 protected:
  ~Object();

 private:
  friend class Call;

  void count(int32_t change) const;

  const char* const kind_;
  const Driver* const cuda_ = driver();  // null where it came without one
  nvinfer1::ILogger& logger_;
  nvinfer1::IErrorRecorder* recorder_ = nullptr;
  const bool one_thread_;
  mutable std::atomic<std::thread::id> caller_{};
};

// One call of a function. False: the caller must not do it, for the fault plan says so or the version does not have it.
class Call {
 public:
  Call(const Object& object, const char* function, int32_t since);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  explicit operator bool() const { return allowed_; }
  // What the caller gives back instead, where false is a failure: true where the fault plan has the call ignored.
  bool pretends() const { return pretends_; }

 private:
  const Object& object_;
  bool allowed_ = true;
  bool pretends_ = false;
  bool entered_ = false;
};

template <typename Result>
Result failure() {
  if constexpr (std::is_same_v<Result, nvinfer1::Dims>) {
    return {-1, {}};
  } else if constexpr (!std::is_void_v<Result>) {
    return Result{};
  }
}

}  // namespace enginery::emulator
