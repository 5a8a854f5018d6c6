#include "tensorrt/context.h"

#include <algorithm>
#include <utility>

namespace enginery {

using nvinfer1::Dims;

Context::Context(std::shared_ptr<const Engine> engine, const EngineryBridgeCallbacks& callbacks)
    : library_(engine->library()),
      operation_(library_, callbacks, result_),
      live_(operation_),
      engine_(std::move(engine)),
      allocators_(static_cast<size_t>(engine_->info().outputs)) {}

int32_t Context::create(const EngineryBridgeContextOptions& options) {
  const int32_t status = config_.apply(operation_, engine_->engine(), options);
  if (status != ENGINERY_BRIDGE_OK) return status;
  context_.reset(config_.create_context(engine_->engine()));
  return context_ ? ENGINERY_BRIDGE_OK : ENGINERY_BRIDGE_NO_CONTEXT;
}

// Choosing a profile has TensorRT prepare its layers again, and forgets the shapes.
bool Context::set_profile(int32_t profile, void* stream) {
  const int errors = operation_.errors;
  if (context_->getOptimizationProfile() == profile && operation_.errors == errors) return true;
  return context_->setOptimizationProfileAsync(profile, static_cast<cudaStream_t>(stream));
}

bool Context::set_shape(int32_t input, int32_t rank, const int64_t* dims) {
  if (rank < 0 || rank > Dims::MAX_DIMS) {
    operation_.error("A shape has more dimensions than TensorRT knows");
    return false;
  }
  Dims shape{};
  shape.nbDims = rank;
  std::copy_n(dims, rank, shape.d);
  return context_->setInputShape(name(input), shape);
}

// TensorRT asks an output's allocator for as long as it has one, whatever the address.
bool Context::set_address(int32_t place, void* address) {
  const int32_t output = place - engine_->info().inputs;
  if (output >= 0 && allocators_[static_cast<size_t>(output)].is_set()) {
    if (!context_->setOutputAllocator(name(place), nullptr)) return false;
    allocators_[static_cast<size_t>(output)].forget();
  }
  return context_->setTensorAddress(name(place), address);
}

bool Context::output_dims(int32_t output, int32_t& rank, int64_t* dims) {
  const int errors = operation_.errors;
  const Dims shape = context_->getTensorShape(name(output));
  // Where the shape cannot be computed, TensorRT may log so and say -1, as of one that the run tells.
  if (shape.nbDims < 0 || operation_.errors != errors) return false;
  rank = shape.nbDims;
  std::copy_n(shape.d, rank, dims);
  return true;
}

bool Context::set_output_allocator(int32_t output, const EngineryBridgeOutputAllocator& allocator) {
  OutputAllocator& own = allocators_[static_cast<size_t>(output - engine_->info().inputs)];
  own.forward(allocator, output);
  return context_->setOutputAllocator(name(output), &own);
}

void Context::set_profiler(const EngineryBridgeProfiler& profiler) {
  profiler_.forward(profiler);
  context_->setProfiler(&profiler_);
}

bool Context::enqueue(void* stream) { return context_->enqueueV3(static_cast<cudaStream_t>(stream)); }

}  // namespace enginery
