#include "cuda/call.h"
#include "cuda/faults.h"

namespace emulator {
namespace {

struct Error {
  CUresult status;
  const char* name;
  const char* text;
};

#define EMULATED_ERROR(name, text) \
  { name, #name, text }

// The driver's own words where they are known.
constexpr Error kErrors[] = {
    EMULATED_ERROR(CUDA_SUCCESS, "no error"),
    EMULATED_ERROR(CUDA_ERROR_INVALID_VALUE, "invalid argument"),
    EMULATED_ERROR(CUDA_ERROR_OUT_OF_MEMORY, "out of memory"),
    EMULATED_ERROR(CUDA_ERROR_NOT_INITIALIZED, "initialization error"),
    EMULATED_ERROR(CUDA_ERROR_DEINITIALIZED, "driver shutting down"),
    EMULATED_ERROR(CUDA_ERROR_STUB_LIBRARY, "CUDA driver is a stub library"),
    EMULATED_ERROR(CUDA_ERROR_DEVICE_UNAVAILABLE, "CUDA-capable device(s) is/are busy or unavailable"),
    EMULATED_ERROR(CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected"),
    EMULATED_ERROR(CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal"),
    EMULATED_ERROR(CUDA_ERROR_INVALID_CONTEXT, "invalid device context"),
    EMULATED_ERROR(CUDA_ERROR_ECC_UNCORRECTABLE, "uncorrectable ECC error encountered"),
    EMULATED_ERROR(CUDA_ERROR_OPERATING_SYSTEM, "OS call failed or operation not supported on this OS"),
    EMULATED_ERROR(CUDA_ERROR_INVALID_HANDLE, "invalid resource handle"),
    EMULATED_ERROR(CUDA_ERROR_ILLEGAL_STATE, "the operation cannot be performed in the present state"),
    EMULATED_ERROR(CUDA_ERROR_NOT_FOUND, "named symbol not found"),
    EMULATED_ERROR(CUDA_ERROR_NOT_READY, "device not ready"),
    EMULATED_ERROR(CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"),
    EMULATED_ERROR(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "too many resources requested for launch"),
    EMULATED_ERROR(CUDA_ERROR_LAUNCH_TIMEOUT, "the launch timed out and was terminated"),
    EMULATED_ERROR(CUDA_ERROR_CONTEXT_IS_DESTROYED, "context is destroyed"),
    EMULATED_ERROR(CUDA_ERROR_ASSERT, "device-side assert triggered"),
    EMULATED_ERROR(CUDA_ERROR_HARDWARE_STACK_ERROR, "hardware stack error"),
    EMULATED_ERROR(CUDA_ERROR_ILLEGAL_INSTRUCTION, "an illegal instruction was encountered"),
    EMULATED_ERROR(CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned address"),
    EMULATED_ERROR(CUDA_ERROR_INVALID_ADDRESS_SPACE, "operation not supported on global/shared address space"),
    EMULATED_ERROR(CUDA_ERROR_INVALID_PC, "invalid program counter"),
    EMULATED_ERROR(CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure"),
    EMULATED_ERROR(CUDA_ERROR_NOT_PERMITTED, "operation not permitted"),
    EMULATED_ERROR(CUDA_ERROR_NOT_SUPPORTED, "operation not supported"),
    EMULATED_ERROR(CUDA_ERROR_SYSTEM_NOT_READY, "system not yet initialized"),
    EMULATED_ERROR(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
                   "system has unsupported display driver / cuda driver combination"),
    EMULATED_ERROR(CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE,
                   "forward compatibility was attempted on non supported HW"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "operation not permitted when stream is capturing"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "operation failed due to a previous error during capture"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_MERGE, "operation would result in a merge of separate capture sequences"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "capture was not ended in the same stream as it began"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "capturing stream has unjoined work"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "dependency created on uncaptured work in another stream"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
                   "operation would make the legacy stream depend on a capturing blocking stream"),
    EMULATED_ERROR(CUDA_ERROR_CAPTURED_EVENT,
                   "operation not permitted on an event last recorded in a capturing stream"),
    EMULATED_ERROR(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD,
                   "attempt to terminate a thread-local capture sequence from another thread"),
    EMULATED_ERROR(CUDA_ERROR_TIMEOUT, "wait operation timed out"),
    EMULATED_ERROR(CUDA_ERROR_UNKNOWN, "unknown error"),
};

const Error* find_error(CUresult status) {
  for (const Error& error : kErrors) {
    if (error.status == status) return &error;
  }
  return nullptr;
}

// Both ask for no context.
CUresult give(const char* function, CUresult status, const char* Error::*part, const char** out) {
  if (const int32_t planned = fault(function)) return static_cast<CUresult>(planned);
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  const Error* error = find_error(status);
  *out = error != nullptr ? error->*part : nullptr;
  return error != nullptr ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace
}  // namespace emulator

CUresult cuGetErrorName(CUresult status, const char** name) {
  return emulator::give("cuGetErrorName", status, &emulator::Error::name, name);
}

CUresult cuGetErrorString(CUresult status, const char** text) {
  return emulator::give("cuGetErrorString", status, &emulator::Error::text, text);
}
