// What the emulator reads of an ONNX file itself: nodes, inputs, outputs and weights of the main graph. Types and
// shapes come from ONNX Runtime.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace enginery::emulator {

struct OnnxNode {
  std::string name;
  std::string op;
  std::string domain;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

struct OnnxWeights {
  std::string name;
  int32_t type = 0;  // TensorProto.DataType
  std::vector<int64_t> dims;
  bool external = false;
  // Where raw_data lies in the file; 0 where the values are stored in another way.
  size_t offset = 0;
  size_t size = 0;
};

struct OnnxGraph {
  std::string name;
  std::vector<OnnxNode> nodes;
  std::vector<std::string> inputs;  // those that are no weights
  std::vector<std::string> outputs;
  std::vector<OnnxWeights> weights;

  bool has_external_data() const;

  // Inputs whose values decide shapes: Reshape's second, and whatever leads there.
  std::set<std::string> shape_inputs() const;
  // Outputs that are computed from shapes, or from such inputs, and from nothing else but weights.
  std::set<std::string> shape_outputs() const;
  // The input that each output of a TensorScatter is made in, where both are the graph's: NVIDIA's KVCacheUpdate.
  std::map<std::string, std::string> aliases() const;
  // Outputs whose shapes depend on values: behind NonZero, NonMaxSuppression, ….
  std::set<std::string> data_dependent_outputs() const;
};

// False: these bytes are no model.
bool read_graph(std::string_view model, OnnxGraph& out);

}  // namespace enginery::emulator
