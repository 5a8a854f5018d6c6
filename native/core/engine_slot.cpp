#include "core/engine_slot.h"

namespace enginery {

EngineSlot::EngineSlot(const LoadedEngine& engine, const EngineOptions& options, const RuntimeCache& cache)
    : engine_(engine),
      device_(engine.device()),
      options_(options),
      cache_(cache),
      tensors_(engine),
      context_(engine, options),
      graph_(engine.device()),
      graphs_(options.cuda_graphs && options.layer_times == nullptr),
      refits_(engine.refits()) {}

Status EngineSlot::prepare() {
  CudaDevice::Entered entered;
  Status status = device_.enter(entered);
  if (status.ok()) status = CudaStream::open(device_.shared_from_this(), stream_);
  if (status.ok()) status = CudaEvent::open(device_.shared_from_this(), done_);
  if (status.ok()) status = context_.create(options_, cache_);
  return status;
}

Status EngineSlot::execute(Run& run) {
  CudaDevice::Entered entered;
  Status status = device_.enter(entered);
  if (!status.ok()) return status;
  status = run_once(run);
  if (!status.ok()) {
    tensors_.forget();
    // Work may still be queued that uses this slot's memory.
    const CudaResult waited = device_.driver().cuStreamSynchronize(stream_->handle());
    broken_ = !device_.check(waited, "cuStreamSynchronize").ok();
    if (device_.lost()) status = device_.lost_status();
  }
  tensors_.end_run();
  return stopped_ ? Status::cancelled() : status;
}

bool EngineSlot::reset() {
  stopped_ = false;
  return !broken_ && !device_.lost();
}

Status EngineSlot::run_once(Run& run) {
  Status status = engine_.sound();
  if (!status.ok()) return status;
  if (refits_ != engine_.refits()) drop_graph();
  refits_ = engine_.refits();
  if (!tensors_.laid_out_for(run)) {
    drop_graph();
    status = tensors_.lay_out(run, context_, *stream_);
  }
  if (status.ok()) tensors_.take_feeds(run);
  if (status.ok()) status = start(run);
  if (status.ok()) status = done_->record(*stream_);
  if (status.ok()) status = done_->wait();
  if (status.ok()) status = tensors_.give_results(run);
  return status;
}

void EngineSlot::drop_graph() {
  graph_.drop();
  warm_ = false;
}

Status EngineSlot::start(const Run& run) {
  if (graph_.captured()) return graph_.launch(*stream_);
  if (graphs_ && warm_ && tensors_.fixed()) return record(run);
  warm_ = true;  // in the first run TensorRT may set up what cannot be recorded
  return enqueue(run);
}

// What cannot be recorded, as with loops in the model, runs as it did.
Status EngineSlot::record(const Run& run) {
  const Status status = graph_.capture(*stream_, [&] { return enqueue(run); });
  if (status.ok()) return graph_.launch(*stream_);
  if (device_.lost()) return status;
  graphs_ = false;
  if (options_.on_log) options_.on_log({Severity::warning, "No CUDA graph can be made: " + status.message});
  return enqueue(run);
}

Status EngineSlot::enqueue(const Run& run) {
  Status status = tensors_.send(run, *stream_);
  if (status.ok()) status = context_.enqueue(*stream_);
  if (status.ok()) status = tensors_.fetch(run, *stream_);
  return status;
}

std::vector<uint8_t> EngineSlot::compiled_kernels() {
  CudaDevice::Entered entered;
  return device_.enter(entered).ok() ? context_.compiled_kernels() : std::vector<uint8_t>{};
}

}  // namespace enginery
