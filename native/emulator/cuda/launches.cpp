#include <set>
#include <string>

#include "control.h"
#include "cuda/call.h"

namespace emulator {
namespace {

// A copy of the name that stays.
const char* kept(const char* name) {
  static std::mutex& mutex = *new std::mutex;
  static auto& names = *new std::set<std::string, std::less<>>;
  const std::lock_guard lock(mutex);
  const auto known = names.find(name);
  return (known != names.end() ? known : names.emplace(name).first)->c_str();
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult emuLaunch(CUstream handle, const char* what, void (*work)(void* data), void* data,
                   void (*release)(void* data)) {
  Launch launch(work, data, release);  // goes after the lock where the call is refused
  return driver_call("emuLaunch", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_for_work(call, handle, stream)) return status;
    if (stream->context != call.context) return CUDA_ERROR_INVALID_HANDLE;
    return enqueue(call, stream, std::move(launch), kept(what));
  });
}

CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data) {
  return driver_call("cuLaunchHostFunc", Needs::kContext, [&](Call& call) -> CUresult {
    if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_for_work(call, handle, stream)) return status;
    return enqueue(call, stream, HostCall{function, data});
  });
}
