// Streams that capture: their work becomes nodes of a graph.
#pragma once

#include <cuda.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "cuda/work.h"

namespace emulator {

struct Call;
struct Event;
struct Stream;

struct Capture {
  CUstreamCaptureMode mode;
  std::thread::id thread;
  uint64_t origin;  // the stream that it began in
  bool over = false;
  bool invalidated = false;
  std::vector<Node> nodes;
  std::map<uint64_t, std::set<size_t>> tails;  // by stream: the nodes that its next one comes after
};

// All with the lock held.

// Reports that the call breaks the capture's rules, and invalidates it.
void invalidate(const Call& call, Capture& capture, const std::string& why);

// Refuses a call that is potentially unsafe while a capture forbids such (see cuThreadExchangeStreamCaptureMode).
CUresult refuse_in_capture(const Call& call);

// Refuses a call that asks or waits for a stream that captures.
CUresult refuse_capturing(const Call& call, const Stream& stream);

void add_node(Stream& stream, const char* what, Work work);

// cuStreamWaitEvent where either side captures: the stream joins the capture of the event.
CUresult join_capture(const Call& call, Stream& stream, const Event& event);

}  // namespace emulator
