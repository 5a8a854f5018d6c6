#include "emulator/tensorrt/run.h"

#include <algorithm>
#include <cstring>

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

TensorBuffer buffer(const RunTensor& tensor, void* data) {
  TensorBuffer out;
  out.type = from_tensorrt(tensor.tensor->type);
  out.dims = tensor.dims;
  out.data = data;
  out.bytes = tensor.bytes;
  return out;
}

// ONNX Runtime wants a pointer of an empty tensor as well.
char nothing[1];

}  // namespace

void Run::begin() {
  counted_ = true;
  ++flight_->queued;
  ++engine_->in_flight;
}

void Run::end() {
  if (!counted_.exchange(false)) return;
  --flight_->queued;
  --engine_->in_flight;
}

void Run::report(const std::string& what) const {
  engine_->cuda.emuReport(what.c_str());
  logger_.log(nvinfer1::ILogger::Severity::kERROR, what.c_str());
}

CUresult Run::launch(CUstream stream, const char* what, Part part, bool last) {
  struct Ticket {
    std::shared_ptr<Run> run;
    Part part;
    bool last;
  };
  const auto work = [](void* data) {
    const Ticket& ticket = *static_cast<Ticket*>(data);
    ((*ticket.run).*ticket.part)();
    if (ticket.last) ticket.run->end();
  };
  const auto release = [](void* data) {
    auto* const ticket = static_cast<Ticket*>(data);
    if (ticket->last) ticket->run->end();  // the stream may have dropped it
    delete ticket;
  };
  return engine_->cuda.emuLaunch(stream, what, work, new Ticket{shared_from_this(), part, last}, release);
}

CUresult Run::read_inputs(CUstream stream) {
  inputs_read_ = true;
  return launch(stream, "enqueueV3 (reads its inputs)", &Run::do_read_inputs, false);
}

CUresult Run::compute(CUstream stream, bool last) { return launch(stream, "enqueueV3", &Run::do_compute, last); }

CUresult Run::write_kept(CUstream stream) {
  return launch(stream, "enqueueV3 (writes outputs of unknown size)", &Run::do_write_kept, true);
}

const TensorBuffer* Run::kept(const std::string& name) const {
  for (const auto& [output, tensor] : kept_) {
    if (output == name) return &tensor;
  }
  return nullptr;
}

void Run::do_read_inputs() {
  copies_.clear();
  for (const RunTensor& input : inputs) {
    const void* const data =
        input.values || input.bytes == 0 ? nullptr : engine_->cuda.emuMemory(input.address, input.bytes);
    copies_.emplace_back(data == nullptr ? "" : std::string(static_cast<const char*>(data), input.bytes));
  }
}

// Another context that computes over the same memory at the same time finds it changed under its hands.
void Run::touch_scratch() const {
  if (scratch_bytes == 0) return;
  void* const memory = engine_->cuda.emuMemory(scratch, scratch_bytes);
  if (memory == nullptr) return;
  uint64_t count = 0;
  std::memcpy(&count, memory, sizeof count);
  ++count;
  std::memcpy(memory, &count, sizeof count);
}

// Without feeds where memory is missing: emuMemory has reported it.
RunRequest Run::request() {
  RunRequest request;
  const bool copied = !copies_.empty();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const RunTensor& input = inputs[i];
    void* data = input.bytes == 0 ? nothing
                 : input.values   ? input.values->data()
                 : copied         ? copies_[i].data()
                                  : engine_->cuda.emuMemory(input.address, input.bytes);
    if (data == nullptr || (copied && !input.values && copies_[i].size() != input.bytes)) return {};
    request.feeds.push_back({input.tensor->name, buffer(input, data)});
  }
  for (const RunTensor& output : outputs) {
    request.outputs.push_back(output.tensor->name);
    TensorBuffer target;
    if (output.address != 0) {
      void* const data = output.bytes == 0 ? nothing : engine_->cuda.emuMemory(output.address, output.bytes);
      if (data == nullptr) return {};
      target = buffer(output, data);
    }
    request.targets.push_back(std::move(target));
  }
  return request;
}

void Run::do_compute() {
  if (!flight_->alive) {
    // On a device that was lost meanwhile it would not have come any more.
    CUdevice device = 0;
    if (engine_->cuda.cuCtxGetDevice(&device) == CUDA_SUCCESS) {
      report("a run comes after its IExecutionContext was destroyed");
    }
    return;
  }
  if (flight_->running.exchange(true)) return report("an IExecutionContext is run twice at once");
  touch_scratch();
  // ONNX Runtime wants inputs and outputs apart.
  const bool in_place =
      std::any_of(outputs.begin(), outputs.end(), [](const RunTensor& it) { return !it.tensor->alias.empty(); });
  if (in_place && !inputs_read_) do_read_inputs();
  RunRequest wanted = request();
  const bool complete = wanted.outputs.size() == outputs.size() && wanted.feeds.size() == inputs.size();
  RunResult result;
  if (complete && !outputs.empty()) result = engine_->model()->run(std::move(wanted));
  flight_->running = false;
  if (!complete) return;
  // Nobody else would learn of it: a stream that has worked off its operations has done so successfully.
  if (!result.status.ok()) return report("enqueueV3: the outputs were not computed: " + result.status.message);
  for (const HostOutput& output : host_outputs) output.write();
  kept_.clear();
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].address == 0) kept_.emplace_back(outputs[i].tensor->name, std::move(result.outputs[i]));
  }
}

void Run::do_write_kept() {
  for (const RunTensor& output : outputs) {
    const TensorBuffer* const from = kept(output.tensor->name);
    if (from == nullptr || from->bytes == 0) continue;
    if (void* const to = engine_->cuda.emuMemory(output.address, from->bytes)) std::memcpy(to, from->data, from->bytes);
  }
  kept_.clear();
}

}  // namespace enginery::emulator
