#include <string>

#include "cuda/call.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

bool is_default(CUstream handle) {
  return handle == nullptr || handle == CU_STREAM_LEGACY || handle == CU_STREAM_PER_THREAD;
}

std::vector<std::shared_ptr<Stream>> blocking_streams(const Context& context) {
  std::vector<std::shared_ptr<Stream>> found;
  for (const auto& [id, stream] : machine().streams.live()) {
    if (stream->blocking && stream->context.get() == &context) found.push_back(stream);
  }
  return found;
}

// Work of the default stream comes after all that blocking streams have. Their later work comes after it, as it runs at
// once.
CUresult order_default_stream(Call& call) {
  const std::shared_ptr<Context> context = call.context;
  const auto streams = blocking_streams(*context);
  for (const auto& stream : streams) {
    if (stream->capture == nullptr) continue;
    invalidate(call, *stream->capture, "uses the default stream while a blocking stream captures");
    return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
  }
  for (const auto& stream : streams) {
    const uint64_t last = stream->last;
    machine().progress.wait(call.lock, [&] { return stream->completed >= last || context->lost; });
    context->default_stream->clock.join(stream->clock);
    stream->clock.join(context->default_stream->clock);
    stream->clock.advance(context->default_stream->id, context->default_stream->last + 1);
  }
  return context->lost;
}

// What the host has seen finish is ordered before all that comes, so that no clock needs to know the stream any more.
void retire(Stream& stream) {
  Machine& all = machine();
  stream.retired = true;
  for (const auto& [address, allocation] : all.allocations) {
    std::erase_if(allocation->accesses, [&](const Access& access) { return access.by->stream == stream.id; });
  }
  all.host.forget(stream.id);
  for (const auto& [id, other] : all.streams.live()) other->clock.forget(stream.id);
  for (const auto& [id, event] : all.events.live()) event->clock.forget(stream.id);
  for (const auto& [id, exec] : all.graph_execs.live()) exec->clock.forget(stream.id);
  for (const auto& [id, context] : all.contexts.live()) context->default_stream->clock.forget(stream.id);
}

CUresult create(Call& call, CUstream* stream, unsigned int flags) {
  if (stream == nullptr || flags > CU_STREAM_NON_BLOCKING) return CUDA_ERROR_INVALID_VALUE;
  const bool blocking = flags == CU_STREAM_DEFAULT;
  *stream = machine().streams.add(open_stream(call.context, blocking, settings().inline_streams));
  return CUDA_SUCCESS;
}

}  // namespace

bool seen_to_finish(const Stream& stream, uint64_t index) {
  return index == 0 || stream.retired || !settings().checks || machine().host.covers(stream.id, index);
}

CUresult stream_for_work(Call& call, CUstream handle, std::shared_ptr<Stream>& out) {
  if (is_default(handle)) {
    call.report("work on the default stream");
    out = call.context->default_stream;
    return order_default_stream(call);
  }
  if (const CUresult status = call.find(machine().streams, handle, out)) return status;
  if (out->context != call.context) {
    call.report("stream " + std::to_string(out->id) + " is of device " + std::to_string(out->context->device) +
                ", the current context of device " + std::to_string(call.context->device));
  }
  if (out->capture != nullptr && out->capture->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  return out->context->lost;
}

CUresult stream_to_ask(Call& call, CUstream handle, std::shared_ptr<Stream>& out) {
  if (!is_default(handle)) {
    if (const CUresult status = call.find(machine().streams, handle, out)) return status;
  } else {
    out = call.context->default_stream;
  }
  return out->context->lost;
}

CUresult wait_for(Call& call, Stream& stream) {
  const uint64_t last = stream.last;
  const Clock clock = stream.clock;
  const std::shared_ptr<Context> context = stream.context;
  machine().progress.wait(call.lock, [&] { return stream.completed >= last || context->lost; });
  if (context->lost != CUDA_SUCCESS) return context->lost;
  machine().host.join(clock);
  return CUDA_SUCCESS;
}

}  // namespace emulator

using namespace emulator;

CUresult cuStreamCreate(CUstream* stream, unsigned int flags) {
  return driver_call("cuStreamCreate", Needs::kContext, [&](Call& call) { return create(call, stream, flags); });
}

// Priorities change no result here.
CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned int flags, int) {
  return driver_call("cuStreamCreateWithPriority", Needs::kContext,
                     [&](Call& call) { return create(call, stream, flags); });
}

CUresult cuStreamDestroy_v2(CUstream handle) {
  return driver_call("cuStreamDestroy", Needs::kContext, [&](Call& call) -> CUresult {
    Machine& all = machine();
    std::shared_ptr<Stream> stream;
    if (const CUresult status = call.find(all.streams, handle, stream)) return status;
    if (stream->capture != nullptr) invalidate(call, *stream->capture, "destroys a stream that captures");
    if (seen_to_finish(*stream, stream->last_use)) {
      retire(*stream);
    } else {
      call.report("stream " + std::to_string(stream->id) + " is destroyed while its work may not be over");
      stream->context->orphans.push_back(stream);
    }
    close_stream(*stream);
    all.streams.remove(*stream);
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamSynchronize(CUstream handle) {
  return driver_call("cuStreamSynchronize", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_to_ask(call, handle, stream)) return status;
    if (const CUresult refused = refuse_capturing(call, *stream)) return refused;
    if (const CUresult refused = refuse_in_capture(call)) return refused;
    return wait_for(call, *stream);
  });
}

CUresult cuStreamQuery(CUstream handle) {
  return driver_call("cuStreamQuery", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_to_ask(call, handle, stream)) return status;
    if (const CUresult refused = refuse_capturing(call, *stream)) return refused;
    if (const CUresult refused = refuse_in_capture(call)) return refused;
    if (stream->completed < stream->last) return CUDA_ERROR_NOT_READY;
    return wait_for(call, *stream);
  });
}
