// What follows from the nodes of a graph: which inputs and outputs are shapes, which outputs have shapes that only a
// run tells, and which lie in an input's memory.
#include <algorithm>

#include "emulator/tensorrt/onnx_graph.h"

namespace enginery::emulator {
namespace {

// Places of the inputs that are shapes, counts or bounds.
const std::map<std::string, std::vector<size_t>>& shape_places() {
  static const std::map<std::string, std::vector<size_t>> places{
      {"Reshape", {1}}, {"Expand", {1}},         {"ConstantOfShape", {0}}, {"Tile", {1}}, {"Resize", {2, 3}},
      {"Pad", {1}},     {"Slice", {1, 2, 3, 4}}, {"Range", {0, 1, 2}},     {"TopK", {1}}, {"OneHot", {1}},
  };
  return places;
}

const std::set<std::string>& data_dependent_operators() {
  static const std::set<std::string> operators{"NonZero", "NonMaxSuppression", "Compress", "Unique", "Loop"};
  return operators;
}

using Producers = std::map<std::string, const OnnxNode*>;

Producers producers_of(const OnnxGraph& graph) {
  Producers producers;
  for (const OnnxNode& node : graph.nodes) {
    for (const std::string& output : node.outputs) producers[output] = &node;
  }
  return producers;
}

// Visits what leads to `tensor`; visit(name, producer or null) says whether to go on behind it.
template <typename Visit>
void walk_back(const Producers& producers, const std::string& tensor, std::set<std::string>& seen, Visit visit) {
  if (tensor.empty() || !seen.insert(tensor).second) return;
  const auto found = producers.find(tensor);
  const OnnxNode* const node = found == producers.end() ? nullptr : found->second;
  if (!visit(tensor, node) || node == nullptr) return;
  for (const std::string& input : node->inputs) walk_back(producers, input, seen, visit);
}

bool gives_shape(const OnnxNode* node) { return node != nullptr && (node->op == "Shape" || node->op == "Size"); }

}  // namespace

std::set<std::string> OnnxGraph::shape_inputs() const {
  const Producers producers = producers_of(*this);
  const std::set<std::string> all(inputs.begin(), inputs.end());
  std::set<std::string> found;
  std::set<std::string> seen;
  for (const OnnxNode& node : nodes) {
    const auto places = shape_places().find(node.op);
    if (places == shape_places().end()) continue;
    for (const size_t place : places->second) {
      if (place >= node.inputs.size()) continue;
      walk_back(producers, node.inputs[place], seen, [&](const std::string& name, const OnnxNode* producer) {
        if (all.count(name) > 0) found.insert(name);
        return !gives_shape(producer);
      });
    }
  }
  return found;
}

std::set<std::string> OnnxGraph::shape_outputs() const {
  const Producers producers = producers_of(*this);
  const std::set<std::string> all(inputs.begin(), inputs.end());
  const std::set<std::string> shapes = shape_inputs();
  std::set<std::string> found;
  for (const std::string& output : outputs) {
    bool of_shapes = false;
    bool of_data = false;
    std::set<std::string> seen;
    walk_back(producers, output, seen, [&](const std::string& name, const OnnxNode* producer) {
      if (gives_shape(producer) || shapes.count(name) > 0) {
        of_shapes = true;
      } else if (all.count(name) > 0) {
        of_data = true;
      }
      return !gives_shape(producer);
    });
    if (of_shapes && !of_data) found.insert(output);
  }
  return found;
}

std::map<std::string, std::string> OnnxGraph::aliases() const {
  const Producers producers = producers_of(*this);
  std::map<std::string, std::string> found;
  for (const std::string& output : outputs) {
    const auto producer = producers.find(output);
    if (producer == producers.end() || producer->second->op != "TensorScatter") continue;
    const std::string& cache = producer->second->inputs.at(0);
    if (std::find(inputs.begin(), inputs.end(), cache) != inputs.end()) found[output] = cache;
  }
  return found;
}

std::set<std::string> OnnxGraph::data_dependent_outputs() const {
  const Producers producers = producers_of(*this);
  std::set<std::string> found;
  for (const std::string& output : outputs) {
    std::set<std::string> seen;
    walk_back(producers, output, seen, [&](const std::string&, const OnnxNode* producer) {
      if (producer != nullptr && data_dependent_operators().count(producer->op) > 0) found.insert(output);
      return true;
    });
  }
  return found;
}

}  // namespace enginery::emulator
