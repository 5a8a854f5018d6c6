// IExecutionContext::enqueueV3: TensorRT's contract first, then the work.
#include <algorithm>

#include "emulator/tensorrt/context.h"
#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {

bool Context::cuda_error(CUresult status, const char* what) const {
  return status == CUDA_SUCCESS ||
         error(std::string("Error Code 1: Cuda Driver (") + what + ": " + std::to_string(status) + ")");
}

bool Context::is_capturing(CUstream stream) const {
  CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
  return core_->cuda.cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS && status != CU_STREAM_CAPTURE_STATUS_NONE;
}

bool Context::has_data_dependent_output() const {
  return std::any_of(core_->plan.tensors.begin(), core_->plan.tensors.end(),
                     [](const PlanTensor& it) { return it.data_dependent && is_dynamic(it.dims); });
}

bool Context::may_enqueue(CUstream stream, bool capturing) const {
  CUcontext current = nullptr;
  if (!cuda_error(core_->cuda.cuCtxGetCurrent(&current), "cuCtxGetCurrent")) return false;
  if (current != core_->context) return breach("enqueueV3: the current CUDA context is not the one of the engine");
  if (!core_->complete) return error("enqueueV3: the weights were stripped: refit the engine first");
  if (flight_->queued > 0 && stream != last_stream_) {
    return breach("enqueueV3: the context's work is still on another stream");
  }
  const std::vector<std::string> missing = unspecified();
  if (!missing.empty()) return breach("enqueueV3: the shape or address of input " + missing.front() + " is not set");
  if (!capturing) return true;
  if (!warm_) return breach("enqueueV3: captured before it has run once with this profile and these shapes");
  if (options_.own_graphs) return breach("enqueueV3: captured by a context that captures graphs itself");
  if (has_data_dependent_output() || core_->streaming || (profiler_ != nullptr && emits_profile_)) {
    return breach("enqueueV3: what waits for the stream cannot be captured");
  }
  return true;
}

bool Context::addresses_are_set() const {
  for (size_t i = 0; i < slots_.size(); ++i) {
    const PlanTensor& tensor = core_->plan.tensors[i];
    const Slot& slot = slots_[i];
    if (slot.address == nullptr && (slot.allocator == nullptr || tensor.shape)) {
      return breach("enqueueV3: the address of " + tensor.name + " is not set");
    }
    if (tensor.alias.empty()) continue;
    const Slot& input = slots_[static_cast<size_t>(core_->place(tensor.alias.c_str()))];
    if (slot.address != input.address || slot.allocator != nullptr) {
      return breach("enqueueV3: " + tensor.name + " must have the address of " + tensor.alias + ", its alias");
    }
  }
  return true;
}

bool Context::fill(Run& run, const ShapeOutputs& shapes, CUstream stream) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    const PlanTensor& tensor = core_->plan.tensors[i];
    if (tensor.output && tensor.shape) continue;
    RunTensor part;
    part.tensor = &tensor;
    part.dims = tensor.output ? shapes.at(tensor.name).dims : input_dims(i);
    part.address = reinterpret_cast<CUdeviceptr>(slots_[i].address);
    part.bytes = bytes_of(tensor.type, part.dims);
    if (tensor.shape) part.values = std::make_shared<std::string>(shape_values(i));
    (tensor.output ? run.outputs : run.inputs).push_back(std::move(part));
  }
  run.host_outputs = host_outputs(shapes);
  const bool managed = options_.strategy == ExecutionContextAllocationStrategy::kUSER_MANAGED;
  run.scratch_bytes = scratch_bytes();
  run.scratch = managed ? reinterpret_cast<CUdeviceptr>(given_scratch_) : own_scratch_.address();
  if (managed && (given_scratch_ == nullptr || given_bytes_ < static_cast<int64_t>(run.scratch_bytes))) {
    return breach("enqueueV3: setDeviceMemoryV2 gave less than " + std::to_string(run.scratch_bytes) + " bytes");
  }
  return allocate_outputs(run, shapes, stream);
}

// Of the caller's allocator.
bool Context::take_memory(RunTensor& output, const std::vector<int64_t>& dims, size_t bytes, CUstream stream) {
  const char* const name = output.tensor->name.c_str();
  const Slot& slot = slots_[static_cast<size_t>(core_->place(name))];
  void* const memory = slot.allocator->reallocateOutputAsync(name, slot.address, bytes, kAlignment, stream);
  if (memory == nullptr) return error("enqueueV3: the IOutputAllocator gave no memory");
  if (!is_aligned(memory)) return breach("enqueueV3: the IOutputAllocator gave memory that is not aligned");
  output.address = reinterpret_cast<CUdeviceptr>(memory);
  slot.allocator->notifyShape(name, to_dims(dims));
  return true;
}

// Outputs of known size get their memory here; the others have none until the stream has run.
bool Context::allocate_outputs(Run& run, const ShapeOutputs& shapes, CUstream stream) {
  for (RunTensor& output : run.outputs) {
    const Slot& slot = slots_[static_cast<size_t>(core_->place(output.tensor->name.c_str()))];
    if (is_dynamic(shapes.at(output.tensor->name).dims)) {
      output.address = 0;
      if (slot.allocator == nullptr) {
        return breach("enqueueV3: the size of " + output.tensor->name + " is not known: it needs an IOutputAllocator");
      }
    } else if (slot.allocator != nullptr && !take_memory(output, output.dims, output.bytes, stream)) {
      return false;
    }
  }
  return true;
}

bool Context::launch(Run& run, CUstream stream, bool capturing) {
  if (!capturing) run.begin();
  // Later than TensorRT may write them; but it does so on the CPU, which a graph does not repeat.
  if (capturing) {
    for (const HostOutput& output : run.host_outputs) output.write();
    run.host_outputs.clear();
  }
  if (consumed_ != nullptr && !cuda_error(run.read_inputs(stream), "launch")) return run.end(), false;
  if (consumed_ != nullptr && !cuda_error(core_->cuda.cuEventRecord(consumed_, stream), "cuEventRecord")) {
    return run.end(), false;
  }
  const bool more = has_data_dependent_output();
  if (!cuda_error(run.compute(stream, !more), "launch")) return run.end(), false;
  return !more || finish_kept(run, stream);
}

// TensorRT waits for the stream as well where a size is not known before.
bool Context::finish_kept(Run& run, CUstream stream) {
  if (!cuda_error(core_->cuda.cuStreamSynchronize(stream), "cuStreamSynchronize")) return run.end(), false;
  for (RunTensor& output : run.outputs) {
    if (output.address != 0) continue;
    const TensorBuffer* const kept = run.kept(output.tensor->name);
    if (kept == nullptr) return run.end(), error("enqueueV3: the run failed");
    if (!take_memory(output, kept->dims, kept->bytes, stream)) return run.end(), false;
  }
  return cuda_error(run.write_kept(stream), "launch") || (run.end(), false);
}

// With a real driver: streams, copies, events and graphs are real, and each output is a copy of the input in its place,
// or of the last one.
bool Context::copy_only(const Run& run, CUstream stream) {
  if (!run.host_outputs.empty()) return error("enqueueV3: with a real driver nothing is computed, shapes neither");
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    const RunTensor& from = run.inputs[std::min(i, run.inputs.size() - 1)];
    const RunTensor& to = run.outputs[i];
    if (from.values || to.address == 0 || from.bytes != to.bytes) {
      return error("enqueueV3: with a real driver nothing is computed, and " + to.tensor->name + " is no copy of " +
                   from.tensor->name);
    }
    if (from.bytes == 0) continue;
    const CUresult copied = core_->cuda.cuMemcpyDtoDAsync_v2(to.address, from.address, from.bytes, stream);
    if (!cuda_error(copied, "cuMemcpyDtoDAsync")) return false;
  }
  return consumed_ == nullptr || cuda_error(core_->cuda.cuEventRecord(consumed_, stream), "cuEventRecord");
}

bool Context::do_enqueueV3(cudaStream_t stream) noexcept {
  const bool capturing = is_capturing(stream);
  if (!may_enqueue(stream, capturing) || !addresses_are_set()) return false;
  const std::shared_ptr<const ShapeOutputs> shapes = output_shapes();
  if (shapes == nullptr) return false;
  const auto run = std::make_shared<Run>(core_, flight_, logger());
  if (!fill(*run, *shapes, stream)) return false;
  if (!warm_ && !capturing) {
    std::string kernel = core_->plan.name;
    for (const RunTensor& input : run->inputs) kernel += " " + show(input.dims);
    if (options_.cache->add(kernel)) log(Severity::kVERBOSE, "Compiled kernels: " + kernel);
  }
  if (!(core_->cuda.emulated() ? launch(*run, stream, capturing) : copy_only(*run, stream))) return false;
  last_stream_ = stream;
  warm_ = true;
  const bool emits = profiler_ != nullptr && emits_profile_ && !capturing;
  if ((emits || core_->streaming) && !cuda_error(core_->cuda.cuStreamSynchronize(stream), "cuStreamSynchronize")) {
    return false;
  }
  if (emits) report_layers();
  profiled_ = profiler_ != nullptr;
  return true;
}

}  // namespace enginery::emulator
