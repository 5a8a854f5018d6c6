// How streams work off their operations.
#include <chrono>
#include <cstring>
#include <thread>

#include "cuda/call.h"
#include "cuda/faults.h"
#include "cuda/running.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

CUresult begin(const char* kind, const std::atomic<int64_t>& latency) {
  const int32_t planned = fault(kind);
  if (const int64_t time = latency; time > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(time));
  return static_cast<CUresult>(planned);
}

// Work as it runs: without the lock. The status is the end of the context where it is none of success.
struct Runner {
  const char* what;
  const std::shared_ptr<Context>& context;
  const std::shared_ptr<const Stamp>& stamp;
  const HostMemory& host;

  CUresult operator()(const Copy& copy) const {
    if (const CUresult failed = begin("copy", settings().copy_latency)) return failed;
    std::memmove(copy.to.bytes, copy.staged.empty() ? copy.from.bytes : copy.staged.data(), copy.to.size);
    host.check(copy, what);
    return CUDA_SUCCESS;
  }

  CUresult operator()(const Fill& fill) const {
    if (const CUresult failed = begin("copy", settings().copy_latency)) return failed;
    std::memset(fill.to.bytes, fill.value, fill.to.size);
    return CUDA_SUCCESS;
  }

  CUresult operator()(const Launch& launch) const {
    if (const CUresult failed = begin("launch", settings().launch_latency)) return failed;
    {
      const std::lock_guard lock(machine().mutex);
      if (context->lost != CUDA_SUCCESS) return context->lost;  // meanwhile
    }
    Running running(what, context, stamp);
    launch.run();
    running.note_writes();
    return CUDA_SUCCESS;
  }

  CUresult operator()(const HostCall& call) const {
    if (stamp != nullptr) {
      // What comes before it is over, and from here on the host may know.
      const std::lock_guard lock(machine().mutex);
      machine().host.join(stamp->clock);
    }
    const InHostFunction inside;
    call.function(call.data);
    return CUDA_SUCCESS;
  }

  CUresult operator()(const Replay& replay) const {
    for (const Node& node : *replay.nodes) {
      if (const CUresult failed = std::visit(Runner{node.what, context, stamp, host}, node.work)) return failed;
    }
    return CUDA_SUCCESS;
  }

  template <typename Other>
  CUresult operator()(const Other&) const {
    return CUDA_SUCCESS;
  }
};

void reach(const Stream& stream, const Operation& operation, Event& event) {
  if (event.point.stream.get() == &stream && event.point.index == operation.index) {
    event.reached = std::chrono::steady_clock::now();
  }
}

void work_off(const std::shared_ptr<Stream>& stream) {
  Machine& all = machine();
  std::unique_lock lock(all.mutex);
  set_current_context(all.contexts.handle(*stream->context));
  for (;;) {
    stream->wake.wait(lock, [&] { return !stream->queue.empty() || stream->closing; });
    if (stream->queue.empty()) return;
    Operation operation = std::move(stream->queue.front());
    stream->queue.pop_front();
    perform(*stream, std::move(operation), lock);
  }
}

void stamp(const Stream& stream, Operation& operation) {
  operation.stamp = std::make_shared<const Stamp>(Stamp{operation.what, stream.id, operation.index, stream.clock});
  for_each_range(operation.work, [&](const Range& range, bool writes) {
    const size_t begin = static_cast<size_t>(range.bytes - range.allocation->bytes);
    touch(*range.allocation, {operation.stamp, begin, begin + range.size, writes});
  });
  if (const Leave* leave = std::get_if<Leave>(&operation.work)) {
    check_unused(*leave->allocation, operation.stamp.get(), operation.what);
  }
}

}  // namespace

std::shared_ptr<Stream> open_stream(const std::shared_ptr<Context>& context, bool blocking, bool at_once) {
  auto stream = std::make_shared<Stream>();
  stream->context = context;
  stream->blocking = blocking;
  stream->at_once = at_once;
  if (!at_once) std::thread([stream] { work_off(stream); }).detach();
  return stream;
}

void close_stream(Stream& stream) {
  stream.closing = true;
  stream.wake.notify_all();
}

void perform(Stream& stream, Operation operation, std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Context> context = stream.context;
  if (const Wait* wait = std::get_if<Wait>(&operation.work)) {
    const Point& until = wait->until;
    machine().progress.wait(lock, [&] { return until.stream->completed >= until.index || context->lost; });
  } else if (const Record* record = std::get_if<Record>(&operation.work)) {
    reach(stream, operation, *record->event);
  } else if (const Leave* leave = std::get_if<Leave>(&operation.work)) {
    if (leave->allocation->live) forget(*leave->allocation);
  }
  CUresult status = context->lost;
  lock.unlock();
  const Runner run{operation.what, context, operation.stamp, operation.host};
  if (status == CUDA_SUCCESS) status = std::visit(run, operation.work);
  const bool called = calls_host(operation.work);
  operation.work = {};  // releases what it holds before anyone learns that it is over
  lock.lock();
  if (called) --machine().host_calls;
  if (status != CUDA_SUCCESS) lose(*context, status);
  stream.completed = std::max(stream.completed, operation.index);
  machine().progress.notify_all();
}

CUresult enqueue(Call& call, const std::shared_ptr<Stream>& stream, Work work, const char* what) {
  if (what == nullptr) what = call.name;
  if (stream->capture != nullptr) {
    add_node(*stream, what, std::move(work));
    return CUDA_SUCCESS;
  }
  Machine& all = machine();
  Operation operation{++stream->last, what, std::move(work)};
  if (!std::holds_alternative<Wait>(operation.work)) stream->last_use = operation.index;
  if (calls_host(operation.work)) ++all.host_calls;
  const bool checks = settings().checks;
  if (checks) {
    stream->clock.join(all.host);
    stream->clock.advance(stream->id, operation.index);
    if (!stream->at_once && all.host_calls == 0) operation.host.watch(operation.work);
    stamp(*stream, operation);
  }
  if (const Record* record = std::get_if<Record>(&operation.work)) {
    record->event->point = {stream, operation.index};
    record->event->clock = checks ? stream->clock : Clock();
  } else if (const Replay* replay = std::get_if<Replay>(&operation.work)) {
    replay->exec->last = {stream, operation.index};
    replay->exec->clock = checks ? stream->clock : Clock();
  }
  if (!stream->at_once) {
    stream->queue.push_back(std::move(operation));
    stream->wake.notify_one();
    return CUDA_SUCCESS;
  }
  all.progress.wait(call.lock, [&] { return !stream->busy; });
  stream->busy = true;
  perform(*stream, std::move(operation), call.lock);
  stream->busy = false;
  all.progress.notify_all();
  return CUDA_SUCCESS;
}

}  // namespace emulator
