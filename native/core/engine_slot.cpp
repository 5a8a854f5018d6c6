#include "core/engine_slot.h"

namespace enginery {

EngineSlot::EngineSlot(const LoadedEngine& engine, const EngineOptions& options, const RuntimeCache& cache)
    : engine_(engine),
      device_(engine.device()),
      options_(options),
      cache_(cache),
      inputs_(engine),
      outputs_(engine),
      context_(engine, options),
      graph_(engine.device()),
      graphs_(options.cuda_graphs && options.layer_times == nullptr && !engine.streams_weights()),
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
    laid_out_ = false;
    // Work may still be queued that uses this slot's memory.
    const CudaResult waited = device_.driver().cuStreamSynchronize(stream_->handle());
    broken_ = !device_.check(waited, "cuStreamSynchronize").ok();
    if (status.code == "ENGINERY_DEVICE_MEMORY") broken_ = true;  // others can do with what this slot has
    if (device_.lost()) status = device_.lost_status();
  }
  outputs_.end_run();
  return stopped_ ? Status::cancelled() : status;
}

bool EngineSlot::reset() {
  stopped_ = false;
  return !broken_ && !device_.lost();
}

Status EngineSlot::run_once(Run& run) {
  Status status = stopped_ ? Status::cancelled() : engine_.sound();
  if (!status.ok()) return status;
  context_.begin_run();
  if (refits_ != engine_.refits()) drop_graph();
  refits_ = engine_.refits();
  if (!laid_out_ || !inputs_.laid_out_for(run) || !outputs_.laid_out_for(run)) status = lay_out(run);
  if (status.ok()) inputs_.take(run);
  if (status.ok()) status = start(run);
  if (status.ok()) status = done_->record(*stream_);
  if (status.ok()) status = done_->wait();
  if (status.ok()) status = outputs_.give(run);
  return status;
}

Status EngineSlot::lay_out(const Run& run) {
  drop_graph();
  laid_out_ = false;
  const int32_t profile = engine_.profile_for(run.feeds, profile_);
  if (profile < 0) {
    return Status::failed("ENGINERY_INVALID_FEED", "No optimization profile of the engine takes the feeds.");
  }
  Status status;
  if (profile != profile_) status = context_.set_profile(profile, *stream_);
  if (status.ok()) profile_ = profile;
  if (status.ok()) status = inputs_.lay_out(run, context_);
  if (status.ok()) status = outputs_.lay_out(run, inputs_, context_);
  // Where the CPU's memory is read the values matter, and the feed's own address.
  laid_out_ = status.ok() && outputs_.fixed() && !engine_.has_host_tensors();
  return status;
}

void EngineSlot::drop_graph() {
  graph_.drop();
  warm_ = false;
}

Status EngineSlot::start(const Run& run) {
  if (graph_.captured()) return graph_.launch(*stream_);
  if (graphs_ && warm_ && laid_out_) return record(run);
  warm_ = true;  // in the first run TensorRT may set up what cannot be recorded
  return enqueue(run);
}

// What cannot be recorded, as with loops in the model, runs as it did.
Status EngineSlot::record(const Run& run) {
  const Status status = graph_.capture(*stream_, [&] { return enqueue(run); });
  if (status.ok()) return graph_.launch(*stream_);
  if (device_.lost()) return status;
  graphs_ = false;
  options_.log(Severity::warning, "No CUDA graph can be made: " + status.message);
  return enqueue(run);
}

Status EngineSlot::enqueue(const Run& run) {
  Status status = inputs_.send(run, *stream_);
  if (status.ok()) status = context_.enqueue(*stream_);
  if (!outputs_.memory().ok()) status = outputs_.memory();  // whatever TensorRT makes of that
  if (status.ok()) status = outputs_.fetch(run, *stream_);
  return status;
}

std::vector<uint8_t> EngineSlot::compiled_kernels() {
  CudaDevice::Entered entered;
  return device_.enter(entered).ok() ? context_.compiled_kernels() : std::vector<uint8_t>{};
}

}  // namespace enginery
