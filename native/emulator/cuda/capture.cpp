#include "cuda/capture.h"

#include <algorithm>
#include <string>

#include "cuda/call.h"

namespace emulator {
namespace {

// Of the nodes, those that come before one of `tails`, and `tails` themselves.
std::set<size_t> ancestors(const std::vector<Node>& nodes, std::set<size_t> tails) {
  std::vector<size_t> left(tails.begin(), tails.end());
  while (!left.empty()) {
    const size_t node = left.back();
    left.pop_back();
    for (const size_t earlier : nodes[node].after) {
      if (tails.insert(earlier).second) left.push_back(earlier);
    }
  }
  return tails;
}

bool joined(const Capture& capture) {
  const auto origin = capture.tails.find(capture.origin);
  const std::set<size_t> reached =
      ancestors(capture.nodes, origin == capture.tails.end() ? std::set<size_t>() : origin->second);
  return std::all_of(capture.tails.begin(), capture.tails.end(), [&](const auto& tail) {
    return std::includes(reached.begin(), reached.end(), tail.second.begin(), tail.second.end());
  });
}

CUresult end(Call& call, const std::shared_ptr<Capture>& capture, CUgraph& graph) {
  Machine& all = machine();
  capture->over = true;
  std::erase(all.captures, capture);
  for (const auto& [id, stream] : all.streams.live()) {
    if (stream->capture == capture) stream->capture = nullptr;
  }
  const auto nodes = std::make_shared<const std::vector<Node>>(std::move(capture->nodes));
  capture->nodes.clear();
  call.doomed.push_back(nodes);
  if (capture->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;

  auto fresh = std::make_shared<Graph>();
  fresh->nodes = nodes;
  graph = all.graphs.add(std::move(fresh));
  return CUDA_SUCCESS;
}

}  // namespace

void invalidate(const Call& call, Capture& capture, const std::string& why) {
  call.report(why + ", which ends the capture of stream " + std::to_string(capture.origin));
  capture.invalidated = true;
}

CUresult refuse_in_capture(const Call& call) {
  bool refused = false;
  for (const auto& capture : machine().captures) {
    const bool own = capture->thread == std::this_thread::get_id() && capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED;
    if (capture->invalidated || (!own && capture->mode != CU_STREAM_CAPTURE_MODE_GLOBAL)) continue;
    invalidate(call, *capture, own ? "called by a thread that captures" : "called during a global capture");
    refused = true;
  }
  return refused ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
}

CUresult refuse_capturing(const Call& call, const Stream& stream) {
  if (stream.capture == nullptr) return CUDA_SUCCESS;
  if (stream.capture->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  invalidate(call, *stream.capture, "asks a stream that captures");
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

void add_node(Stream& stream, const char* what, Work work) {
  Capture& capture = *stream.capture;
  std::set<size_t>& tails = capture.tails[stream.id];
  capture.nodes.push_back({what, std::move(work), {tails.begin(), tails.end()}});
  tails = {capture.nodes.size() - 1};
}

CUresult join_capture(const Call& call, Stream& stream, const Event& event) {
  if (event.capture == nullptr) {
    if (event.point.stream == nullptr) return CUDA_SUCCESS;  // never recorded: nothing to wait for
    invalidate(call, *stream.capture, "waits for an event from outside of the capture");
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  }
  if (event.capture->over) {
    call.report("waits for an event that was recorded in a capture, which is over");
    return CUDA_ERROR_CAPTURED_EVENT;
  }
  if (event.capture->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (stream.capture != nullptr && stream.capture != event.capture) {
    invalidate(call, *stream.capture, "waits for an event of another capture");
    invalidate(call, *event.capture, "is waited for by another capture");
    return CUDA_ERROR_STREAM_CAPTURE_MERGE;
  }
  stream.capture = event.capture;
  event.capture->tails[stream.id].insert(event.nodes.begin(), event.nodes.end());
  return CUDA_SUCCESS;
}

}  // namespace emulator

using namespace emulator;

CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
  return driver_call("cuStreamBeginCapture", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_to_ask(call, handle, stream)) return status;
    if (stream == stream->context->default_stream) {
      call.report("captures the default stream");
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    if (stream->capture != nullptr) {
      call.report("the stream captures already");
      return CUDA_ERROR_ILLEGAL_STATE;
    }
    stream->capture = std::make_shared<Capture>(Capture{mode, std::this_thread::get_id(), stream->id});
    machine().captures.push_back(stream->capture);
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  return driver_call("cuStreamEndCapture", Needs::kContext, [&](Call& call) -> CUresult {
    if (graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *graph = nullptr;
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_to_ask(call, handle, stream)) return status;
    const std::shared_ptr<Capture> capture = stream->capture;
    if (capture == nullptr) {
      call.report("the stream does not capture");
      return CUDA_ERROR_ILLEGAL_STATE;
    }
    if (capture->origin != stream->id) {
      invalidate(call, *capture, "ends it in another stream than it began in");
      return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    }
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != std::this_thread::get_id()) {
      invalidate(call, *capture, "called by another thread than the one that began it");
      return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    }
    const bool unjoined = !capture->invalidated && !joined(*capture);
    if (unjoined) invalidate(call, *capture, "a stream that joined was not joined back");
    const CUresult status = end(call, capture, *graph);
    return unjoined ? CUDA_ERROR_STREAM_CAPTURE_UNJOINED : status;
  });
}

CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus* capturing) {
  return driver_call("cuStreamIsCapturing", Needs::kContext, [&](Call& call) -> CUresult {
    if (capturing == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_to_ask(call, handle, stream)) return status;
    *capturing = stream->capture == nullptr     ? CU_STREAM_CAPTURE_STATUS_NONE
                 : stream->capture->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                                : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
  });
}
