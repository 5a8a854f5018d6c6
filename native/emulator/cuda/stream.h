// Streams: queues of operations, each worked off in order by a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "cuda/capture.h"
#include "cuda/clock.h"
#include "cuda/context.h"
#include "cuda/host_memory.h"
#include "cuda/order.h"
#include "cuda/work.h"

namespace emulator {

struct Call;

struct Operation {
  uint64_t index = 0;
  const char* what = "";
  Work work;
  std::shared_ptr<const Stamp> stamp;  // null where nothing is checked
  HostMemory host;
};

struct Stream {
  uint64_t id = 0;
  std::shared_ptr<Context> context;
  bool blocking = false;  // in order with the default stream
  bool at_once = false;   // work runs on the calling thread
  bool busy = false;      // where it runs at once: someone is at it
  bool closing = false;
  bool retired = false;  // destroyed after the host had seen all of it finish
  std::deque<Operation> queue;
  std::condition_variable wake;
  uint64_t last = 0;       // operations enqueued
  uint64_t completed = 0;  // operations over
  uint64_t last_use = 0;   // the last operation that is more than a wait
  Clock clock;             // what its next operation is ordered behind
  std::shared_ptr<Capture> capture;
};

// All with the lock held.
std::shared_ptr<Stream> open_stream(const std::shared_ptr<Context>& context, bool blocking, bool at_once);

// The thread ends when the queue is worked off.
void close_stream(Stream& stream);

// Whether the host has seen everything of the stream up to `index` finish.
bool seen_to_finish(const Stream& stream, uint64_t index);

// `handle` as a stream to put work on. What breaks a rule is reported.
CUresult stream_for_work(Call& call, CUstream handle, std::shared_ptr<Stream>& out);

// `handle` as a stream to ask or wait for.
CUresult stream_to_ask(Call& call, CUstream handle, std::shared_ptr<Stream>& out);

// Adds work, or a node of the graph where the stream captures. Where the stream works at once, it returns afterwards.
CUresult enqueue(Call& call, const std::shared_ptr<Stream>& stream, Work work, const char* what = nullptr);

// Waits until the stream is done with what it has now; the host has seen it then.
CUresult wait_for(Call& call, Stream& stream);

// Does one operation, and marks it as over. The lock is open meanwhile.
void perform(Stream& stream, Operation operation, std::unique_lock<std::mutex>& lock);

}  // namespace emulator
