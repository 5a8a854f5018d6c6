// ONNX Runtime's shared library, opened once per path and kept for the life of the process.
#pragma once

#include <string>
#include <utility>

#include "core/status.h"
#include "ort/ort_api.h"

namespace enginery::ort {

class Library {
 public:
  // Opens the library and makes its environment, or gives the one made before. Blocks for some 10 ms the first time:
  // call it on a job thread.
  static Status open(const std::string& path, const Library*& out);

  // Ends a call: takes the status it gave and makes ours of it, with its message. `code` says which of our codes an
  // ONNX Runtime code stands for, as that depends on the call.
  Status check(OrtStatus* status, const char* (*code)(ErrorCode)) const;

  const Api& api() const { return api_; }
  const Env* env() const { return env_; }
  Allocator* allocator() const { return allocator_; }
  const MemoryInfo* cpu_memory() const { return cpu_memory_; }

 private:
  Library() = default;

  Api api_;
  Env* env_ = nullptr;
  Allocator* allocator_ = nullptr;
  MemoryInfo* cpu_memory_ = nullptr;
};

// Codes of errors while the model is opened, and while it runs.
const char* open_error(ErrorCode code);
const char* run_error(ErrorCode code);

// An object of ONNX Runtime's with its Release function.
template <typename T>
class Owned {
 public:
  explicit Owned(void (*release)(T*)) : release_(release) {}
  Owned(Owned&& other) noexcept : release_(other.release_), pointer_(std::exchange(other.pointer_, nullptr)) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { reset(); }

  T* get() const { return pointer_; }
  T** out() { return &pointer_; }
  T* take() { return std::exchange(pointer_, nullptr); }
  void reset() {
    if (pointer_ != nullptr) release_(std::exchange(pointer_, nullptr));
  }

 private:
  void (*release_)(T*);
  T* pointer_ = nullptr;
};

}  // namespace enginery::ort
