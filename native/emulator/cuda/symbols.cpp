#include <dlfcn.h>

#include <string>

#include "cuda/call.h"

using namespace emulator;

// Looks into this library itself, the newest form first.
CUresult cuGetProcAddress_v2(const char* symbol, void** function, int, cuuint64_t,
                             CUdriverProcAddressQueryResult* result) {
  return driver_call("cuGetProcAddress", Needs::kNothing, [&](Call&) -> CUresult {
    if (symbol == nullptr || function == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *function = nullptr;
    Dl_info here;
    void* self = nullptr;
    if (dladdr(reinterpret_cast<void*>(&cuGetProcAddress_v2), &here) != 0) {
      self = dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    }
    if (self != nullptr) {
      const std::string name = symbol;
      if (name.starts_with("cu")) *function = dlsym(self, (name + "_v2").c_str());
      if (name.starts_with("cu") && *function == nullptr) *function = dlsym(self, name.c_str());
      dlclose(self);
    }
    if (result != nullptr) {
      *result = *function != nullptr ? CU_GET_PROC_ADDRESS_SUCCESS : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
    }
    return *function != nullptr ? CUDA_SUCCESS : CUDA_ERROR_NOT_FOUND;
  });
}
