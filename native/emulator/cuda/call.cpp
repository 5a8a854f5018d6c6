#include "cuda/call.h"

#include "cuda/faults.h"
#include "cuda/reports.h"

namespace emulator {
namespace {

thread_local bool in_host_function = false;

}  // namespace

InHostFunction::InHostFunction() { in_host_function = true; }
InHostFunction::~InHostFunction() { in_host_function = false; }

void Call::report(const std::string& text) const { emulator::report(std::string(name) + ": " + text); }

CUresult Call::enter(Needs needs) {
  const auto planned = static_cast<CUresult>(fault(name));
  if (in_host_function) {
    report("called in a host function");
    return CUDA_ERROR_NOT_PERMITTED;
  }
  Machine& all = machine();
  lock = std::unique_lock(all.mutex);
  if (needs != Needs::kNothing && !all.initialised) return CUDA_ERROR_NOT_INITIALIZED;

  const CUcontext handle = current_context();
  context = all.contexts.find(handle);
  if (needs == Needs::kContext) {
    if (handle == nullptr) {
      report("no context is current");
      return CUDA_ERROR_INVALID_CONTEXT;
    }
    if (context == nullptr) {
      report(all.contexts.complaint(handle));
      return CUDA_ERROR_CONTEXT_IS_DESTROYED;
    }
    if (context->lost != CUDA_SUCCESS) return context->lost;
  }
  if (planned != CUDA_SUCCESS && context != nullptr && sticky(planned)) lose(*context, planned);
  return planned;
}

}  // namespace emulator
