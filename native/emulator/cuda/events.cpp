#include <string>

#include "cuda/call.h"

// cuda.h names the newest one so; programs that were built with an older cuda.h ask for the other.
#undef cuEventElapsedTime
extern "C" CUresult CUDAAPI cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end);

namespace emulator {
namespace {

// Asking or waiting for an event of a capture is forbidden, in any mode.
CUresult refuse_captured(const Call& call, const Event& event) {
  if (event.capture == nullptr) return refuse_in_capture(call);
  const char* const why = "the event was recorded last in a capture";
  if (event.capture->over) {
    call.report(why);
  } else {
    invalidate(call, *event.capture, why);
  }
  return CUDA_ERROR_CAPTURED_EVENT;
}

bool reached(const Event& event) {
  return event.point.stream == nullptr || event.point.stream->completed >= event.point.index;
}

CUresult elapsed(float* milliseconds, CUevent start_handle, CUevent end_handle) {
  return driver_call("cuEventElapsedTime", Needs::kContext, [&](Call& call) -> CUresult {
    if (milliseconds == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Event> start;
    std::shared_ptr<Event> end;
    if (const CUresult status = call.find(machine().events, start_handle, start)) return status;
    if (const CUresult status = call.find(machine().events, end_handle, end)) return status;
    for (const auto& event : {start, end}) {
      if (!event->timed || event->point.stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    }
    if (!reached(*start) || !reached(*end)) return CUDA_ERROR_NOT_READY;
    *milliseconds = std::chrono::duration<float, std::milli>(end->reached - start->reached).count();
    return CUDA_SUCCESS;
  });
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult cuEventCreate(CUevent* event, unsigned int flags) {
  return driver_call("cuEventCreate", Needs::kContext, [&](Call& call) -> CUresult {
    const unsigned int known = CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING;
    if (event == nullptr || (flags & ~known) != 0) return CUDA_ERROR_INVALID_VALUE;
    auto fresh = std::make_shared<Event>();
    fresh->context = call.context;
    fresh->timed = (flags & CU_EVENT_DISABLE_TIMING) == 0;
    *event = machine().events.add(std::move(fresh));
    return CUDA_SUCCESS;
  });
}

CUresult cuEventDestroy_v2(CUevent handle) {
  return driver_call("cuEventDestroy", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Event> event;
    if (const CUresult status = call.find(machine().events, handle, event)) return status;
    const Point& point = event->point;
    if (point.stream != nullptr && !seen_to_finish(*point.stream, point.index)) {
      call.report("event " + std::to_string(event->id) + " is destroyed while it may not have been reached");
    }
    machine().events.remove(*event);
    return CUDA_SUCCESS;
  });
}

CUresult cuEventRecord(CUevent handle, CUstream stream_handle) {
  return driver_call("cuEventRecord", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Event> event;
    std::shared_ptr<Stream> stream;
    if (const CUresult status = call.find(machine().events, handle, event)) return status;
    if (const CUresult status = stream_for_work(call, stream_handle, stream)) return status;
    if (event->context != stream->context) {
      call.report("the event and the stream are of different devices");
      return CUDA_ERROR_INVALID_HANDLE;
    }
    event->capture = stream->capture;
    if (stream->capture == nullptr) return enqueue(call, stream, Record{event});
    event->point = {};
    event->nodes = stream->capture->tails[stream->id];
    return CUDA_SUCCESS;
  });
}

CUresult cuEventQuery(CUevent handle) {
  return driver_call("cuEventQuery", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Event> event;
    if (const CUresult status = call.find(machine().events, handle, event)) return status;
    if (const CUresult refused = refuse_captured(call, *event)) return refused;
    if (event->context->lost != CUDA_SUCCESS) return event->context->lost;
    if (!reached(*event)) return CUDA_ERROR_NOT_READY;
    machine().host.join(event->clock);
    return CUDA_SUCCESS;
  });
}

CUresult cuEventSynchronize(CUevent handle) {
  return driver_call("cuEventSynchronize", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Event> event;
    if (const CUresult status = call.find(machine().events, handle, event)) return status;
    if (const CUresult refused = refuse_captured(call, *event)) return refused;
    const Point point = event->point;  // a later record is not what was asked for
    const Clock clock = event->clock;
    const std::shared_ptr<Context> context = event->context;
    machine().progress.wait(call.lock, [&] {
      return point.stream == nullptr || point.stream->completed >= point.index || context->lost != CUDA_SUCCESS;
    });
    if (context->lost != CUDA_SUCCESS) return context->lost;
    machine().host.join(clock);
    return CUDA_SUCCESS;
  });
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  return elapsed(milliseconds, start, end);
}

CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return elapsed(milliseconds, start, end);
}

CUresult cuStreamWaitEvent(CUstream stream_handle, CUevent handle, unsigned int flags) {
  return driver_call("cuStreamWaitEvent", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Event> event;
    std::shared_ptr<Stream> stream;
    if (flags != CU_EVENT_WAIT_DEFAULT) return CUDA_ERROR_INVALID_VALUE;
    if (const CUresult status = call.find(machine().events, handle, event)) return status;
    if (const CUresult status = stream_for_work(call, stream_handle, stream)) return status;
    if (stream->capture != nullptr || event->capture != nullptr) return join_capture(call, *stream, *event);
    if (event->point.stream == nullptr) return CUDA_SUCCESS;
    stream->clock.join(event->clock);
    return enqueue(call, stream, Wait{event->point});
  });
}
