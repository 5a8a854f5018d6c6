// Which nodes of a model TensorRT's parser takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"

namespace enginery {

struct SupportRequest {
  std::string library;
  std::string parser;
  std::string model_path;            // where external data is looked for; empty: nowhere
  std::vector<uint8_t> model_bytes;  // where empty, read from model_path
};

// See EngineryBridgeSubgraph.
struct Subgraph {
  bool supported = false;
  std::vector<int64_t> nodes;  // places in the graph's list of nodes
};

struct SupportResult {
  bool supported = false;
  std::vector<Subgraph> subgraphs;
  std::vector<ParserError> errors;
  std::vector<LogLine> log;  // warnings and worse
};

// Blocks. NVIDIA's parser may crash on a broken file: ask in a process of its own where that matters.
Status describe_support(SupportRequest request, SupportResult& result);

}  // namespace enginery
