#include "emulator/tensorrt/context.h"

#include <set>

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
Context* Context::create(Engine& engine, const ContextOptions& options) {
  std::unique_ptr<Context> context(new Context(engine, options));
  if (context->allocate_scratch()) return context.release();
  return nullptr;
}

Context::Context(Engine& engine, const ContextOptions& options)
    : ExecutionContextCalls(engine.logger(), true),
      engine_(engine),
      core_(engine.core()),
      options_(options),
      one_(engine.contexts()),
      cache_user_(options.cache_users),
      slots_(core_->plan.tensors.size()),
      own_scratch_(core_->cuda) {}

// What was queued on a device that is lost never runs.
Context::~Context() {
  CUdevice device = 0;
  if (flight_->queued > 0 && core_->cuda.cuCtxGetDevice(&device) == CUDA_SUCCESS)
    breach("IExecutionContext is destroyed while its work is on a stream");
  flight_->alive = false;
}

bool Context::do_setTensorAddress(const char* name, void* data) noexcept {
  const int place = core_->place(name);
  if (place < 0) return error(std::string("setTensorAddress: there is no tensor ") + name);
  const PlanTensor& tensor = core_->plan.tensors[static_cast<size_t>(place)];
  if (tensor.shape) {
    CUmemorytype kind{};
    const auto address = reinterpret_cast<CUdeviceptr>(data);
    if (data != nullptr &&
        core_->cuda.cuPointerGetAttribute(&kind, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address) == CUDA_SUCCESS &&
        kind == CU_MEMORYTYPE_DEVICE) {
      return breach("setTensorAddress: the shape tensor " + tensor.name + " must lie in host memory");
    }
    if (!tensor.output) outputs_ = nullptr;
  } else if (!is_aligned(data)) {
    return breach("setTensorAddress: the address of " + tensor.name + " is not aligned to 256 bytes");
  }
  slots_[static_cast<size_t>(place)].address = data;
  return true;
}

const void* Context::do_getTensorAddress(const char* name) const noexcept {
  const int place = core_->place(name);
  return place < 0 ? nullptr : slots_[static_cast<size_t>(place)].address;
}

bool Context::do_setInputTensorAddress(const char* name, const void* data) noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  if (tensor == nullptr || tensor->output) return error(std::string("setInputTensorAddress: no input ") + name);
  return do_setTensorAddress(name, const_cast<void*>(data));
}

bool Context::do_setOutputTensorAddress(const char* name, void* data) noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  if (tensor == nullptr || !tensor->output) return error(std::string("setOutputTensorAddress: no output ") + name);
  return do_setTensorAddress(name, data);
}

void* Context::do_getOutputTensorAddress(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  return tensor == nullptr || !tensor->output ? nullptr : slots_[static_cast<size_t>(core_->place(name))].address;
}

bool Context::do_setOutputAllocator(const char* name, IOutputAllocator* allocator) noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  if (tensor == nullptr || !tensor->output) return error(std::string("setOutputAllocator: no output ") + name);
  slots_[static_cast<size_t>(core_->place(name))].allocator = allocator;
  return true;
}

IOutputAllocator* Context::do_getOutputAllocator(const char* name) noexcept {
  const int place = core_->place(name);
  return place < 0 ? nullptr : slots_[static_cast<size_t>(place)].allocator;
}

void Context::do_setDeviceMemory(void* memory) noexcept {
  do_setDeviceMemoryV2(memory, engine_.getDeviceMemorySizeV2());
}

void Context::do_setDeviceMemoryV2(void* memory, int64_t size) noexcept {
  if (options_.strategy != ExecutionContextAllocationStrategy::kUSER_MANAGED) {
    breach("setDeviceMemoryV2: the context has memory of its own");
  } else if (!is_aligned(memory)) {
    breach("setDeviceMemoryV2: the address is not aligned to 256 bytes");
  } else {
    given_scratch_ = memory;
    given_bytes_ = size;
  }
}

void Context::do_setAuxStreams(cudaStream_t* streams, int32_t count) noexcept {
  const std::set<cudaStream_t> distinct(streams, streams + count);
  if (distinct.count(nullptr) > 0) breach("setAuxStreams: the default stream is among them");
  if (distinct.size() != static_cast<size_t>(count)) breach("setAuxStreams: they are not all different");
}

void Context::report_layers() const {
  for (const OnnxNode& node : core_->graph.nodes) profiler_->reportLayerTime(node.name.c_str(), 0.001F);
}

bool Context::do_reportToProfiler() const noexcept {
  if (profiler_ == nullptr || emits_profile_ || !profiled_) {
    return error("reportToProfiler: no profiler, or no enqueue without emitting since it was set");
  }
  if (flight_->queued > 0) return breach("reportToProfiler: the stream has not been waited for");
  report_layers();
  return true;
}

#ifdef ENGINERY_FAMILY_RTX
bool Context::do_isStreamCapturable(cudaStream_t) const noexcept {
  return !has_data_dependent_output() && !core_->streaming && !options_.own_graphs;
}
#endif

}  // namespace enginery::emulator
