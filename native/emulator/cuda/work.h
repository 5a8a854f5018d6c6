// What streams do, as data: the same for a queue and for a graph.
#pragma once

#include <cuda.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "cuda/memory.h"

namespace emulator {

struct Event;
struct GraphExec;
struct Node;
struct Stream;

struct Copy {
  Range to;
  Range from;
  std::vector<std::byte> staged;  // the source, where it was pageable memory
};

struct Fill {
  Range to;
  unsigned char value;
};

// emuLaunch. Whoever holds it last releases the data.
class Launch {
 public:
  using Function = void (*)(void* data);
  Launch(Function work, void* data, Function release) : work_(work), data_(data), release_(release) {}
  Launch(Launch&& other) noexcept
      : work_(other.work_), data_(other.data_), release_(std::exchange(other.release_, nullptr)) {}
  Launch& operator=(Launch&& other) noexcept {
    std::swap(work_, other.work_);
    std::swap(data_, other.data_);
    std::swap(release_, other.release_);
    return *this;
  }
  ~Launch() {
    if (release_ != nullptr) release_(data_);
  }
  void run() const { work_(data_); }

 private:
  Function work_;
  void* data_;
  Function release_;
};

struct HostCall {
  CUhostFn function;
  void* data;
};

// A place in a stream: reached when all operations up to `index` are over.
struct Point {
  std::shared_ptr<Stream> stream;
  uint64_t index = 0;
};

struct Wait {
  Point until;
};

struct Record {
  std::shared_ptr<Event> event;
};

struct Replay {
  std::shared_ptr<const std::vector<Node>> nodes;
  std::shared_ptr<GraphExec> exec;  // null as a node of another graph
};

// The moment of cuMemAllocAsync: from here on the memory is there.
struct Arrive {
  std::shared_ptr<Allocation> allocation;
};

// The moment of cuMemFreeAsync.
struct Leave {
  std::shared_ptr<Allocation> allocation;
};

using Work = std::variant<std::monostate, Copy, Fill, Launch, HostCall, Wait, Record, Replay, Arrive, Leave>;

struct Node {
  const char* what;
  Work work;
  std::vector<size_t> after;  // nodes that come before
};

inline bool calls_host(const Work& work) {
  if (const Replay* replay = std::get_if<Replay>(&work)) {
    return std::any_of(replay->nodes->begin(), replay->nodes->end(),
                       [](const Node& node) { return calls_host(node.work); });
  }
  return std::holds_alternative<HostCall>(work);
}

// Calls visit(range, writes) for all memory that the work is known to touch: what a launch touches shows when it runs.
template <typename Visit>
void for_each_range(const Work& work, const Visit& visit) {
  const auto known = [&](const Range& range, bool writes) {
    if (range.allocation != nullptr) visit(range, writes);
  };
  if (const Copy* copy = std::get_if<Copy>(&work)) {
    known(copy->from, false);
    known(copy->to, true);
  } else if (const Fill* fill = std::get_if<Fill>(&work)) {
    known(fill->to, true);
  } else if (const Arrive* arrive = std::get_if<Arrive>(&work)) {
    known({arrive->allocation->bytes, arrive->allocation->size, arrive->allocation}, true);
  } else if (const Replay* replay = std::get_if<Replay>(&work)) {
    for (const Node& node : *replay->nodes) for_each_range(node.work, visit);
  }
}

}  // namespace emulator
