// Graphs, as captured, and their executable copies.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cuda/context.h"
#include "cuda/work.h"

namespace emulator {

struct Graph {
  uint64_t id = 0;
  std::shared_ptr<const std::vector<Node>> nodes;
};

struct GraphExec {
  uint64_t id = 0;
  std::shared_ptr<Context> context;
  std::shared_ptr<const std::vector<Node>> nodes;
  Point last;   // its latest launch: launches of one executable graph never overlap
  Clock clock;  // what is ordered before that launch's end
};

}  // namespace emulator
