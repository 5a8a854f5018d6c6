// One call of the driver API: what all of them begin with.
#pragma once

#include <cuda.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/machine.h"

namespace emulator {

enum class Needs { kNothing, kDriver, kContext };

struct Call {
  const char* name;
  std::vector<std::shared_ptr<const void>> doomed;  // goes after the lock: what it releases may call us
  std::unique_lock<std::mutex> lock;
  std::shared_ptr<Context> context;  // the current one, where the call needs one

  void report(const std::string& text) const;

  // The fault plan, the lock, the context: what refuses the call, or CUDA_SUCCESS.
  CUresult enter(Needs needs);

  // The object of a handle; a report and CUDA_ERROR_INVALID_HANDLE where there is none.
  template <typename Object, typename Handle>
  CUresult find(const Handles<Object, Handle>& handles, Handle handle, std::shared_ptr<Object>& out) const {
    out = handles.find(handle);
    if (out != nullptr) return CUDA_SUCCESS;
    report(handles.complaint(handle));
    return CUDA_ERROR_INVALID_HANDLE;
  }
};

// Runs `body` with the lock held, unless something refuses the call.
template <typename Body>
CUresult driver_call(const char* name, Needs needs, Body&& body) {
  Call call{name};
  const CUresult refused = call.enter(needs);
  return refused != CUDA_SUCCESS ? refused : body(call);
}

// While a host function runs, its thread may not call the driver.
class InHostFunction {
 public:
  InHostFunction();
  ~InHostFunction();
};

}  // namespace emulator
