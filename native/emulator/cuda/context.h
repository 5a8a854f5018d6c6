// Primary contexts, and which one a thread has current.
#pragma once

#include <cuda.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace emulator {

struct Stream;

struct Context {
  uint64_t id = 0;
  int device = 0;
  int retained = 0;
  CUresult lost = CUDA_SUCCESS;  // the sticky error that every call gives from then on
  std::shared_ptr<Stream> default_stream;
  std::vector<std::shared_ptr<Stream>> orphans;  // destroyed before the host had seen them finish
};

CUcontext current_context();  // of this thread, or null
void set_current_context(CUcontext context);

// Whether an error of this kind is the end of the context that it happens in.
bool sticky(CUresult status);

// From now on everything fails with `status`; queued work is dropped.
void lose(Context& context, CUresult status);

}  // namespace emulator
