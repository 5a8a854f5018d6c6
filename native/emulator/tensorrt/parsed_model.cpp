#include "emulator/tensorrt/parsed_model.h"

#include <fstream>
#include <iterator>

#include "emulator/tensorrt/model.h"
#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

using nvonnxparser::ErrorCode;

void add(ParserErrors& errors, ErrorCode code, const std::string& text) {
  errors.push_back(std::make_unique<ParserError>(code, text));
}

// The two ways in which ONNX Runtime says that it has no such operator.
bool says_unknown(const std::string& message, const std::string& op) {
  if (message.find("No Op registered for " + op + " ") != std::string::npos) return true;
  return message.find(":" + op + "(") != std::string::npos && message.find("is not a registered") != std::string::npos;
}

// Blames the nodes whose operator ONNX Runtime does not know, or else the graph.
void blame(const OnnxGraph& graph, const std::string& message, ParserErrors& errors) {
  const size_t before = errors.size();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const OnnxNode& node = graph.nodes[i];
    if (!says_unknown(message, node.op)) continue;
    errors.push_back(std::make_unique<ParserError>(
        ErrorCode::kUNSUPPORTED_NODE, "No importer registered for op: " + node.op, static_cast<int>(i), &node));
  }
  if (errors.size() == before) add(errors, ErrorCode::kINVALID_GRAPH, message);
}

bool describe(const TensorSpec& spec, bool output, const OnnxGraph& graph, std::vector<PlanTensor>& tensors,
              ParserErrors& errors) {
  constexpr size_t kMaxName = 4096;  // bytes, TensorRT's final NUL included
  if (spec.name.size() >= kMaxName) {
    add(errors, ErrorCode::kINVALID_VALUE,
        "The name of a tensor is longer than 4096 bytes: " + spec.name.substr(0, 32));
    return false;
  }
  PlanTensor tensor;
  tensor.name = spec.name;
  tensor.output = output;
  tensor.dims = spec.dims;
  tensor.symbols = spec.symbols;
  if (!to_tensorrt(element_type_named(spec.type), tensor.type)) {
    add(errors, ErrorCode::kUNSUPPORTED_GRAPH, "TensorRT has no tensors of type " + spec.type + ": " + spec.name);
    return false;
  }
  if (spec.dims.size() > static_cast<size_t>(nvinfer1::Dims::MAX_DIMS)) {
    add(errors, ErrorCode::kUNSUPPORTED_GRAPH, "TensorRT has no tensors of so many dimensions: " + spec.name);
    return false;
  }
  const bool integers = tensor.type == nvinfer1::DataType::kINT32 || tensor.type == nvinfer1::DataType::kINT64;
  const std::set<std::string> shapes = output ? graph.shape_outputs() : graph.shape_inputs();
  const auto aliases = graph.aliases();
  const auto alias = aliases.find(spec.name);
  if (output && alias != aliases.end()) tensor.alias = alias->second;
  tensor.data_dependent = output && graph.data_dependent_outputs().count(spec.name) > 0;
  tensor.shape = integers && spec.dims.size() <= 1 && shapes.count(spec.name) > 0 && !tensor.data_dependent;
  tensors.push_back(std::move(tensor));
  return true;
}

}  // namespace

bool ParsedModel::read(ParserErrors& errors) {
  if (!read_graph(model, graph)) {
    add(errors, ErrorCode::kMODEL_DESERIALIZE_FAILED, "Failed to parse the ONNX model: it is no ModelProto");
    return false;
  }
  std::shared_ptr<const Model> opened;
  const Status status = Model::open(model, graph.has_external_data() ? path : "", opened);
  if (!status.ok()) {
    blame(graph, status.message, errors);
    return false;
  }
  bool fine = true;
  for (const TensorSpec& spec : opened->inputs()) fine = describe(spec, false, graph, tensors, errors) && fine;
  for (const TensorSpec& spec : opened->outputs()) fine = describe(spec, true, graph, tensors, errors) && fine;
  return fine;
}

bool read_model_file(const char* path, std::string& out, ParserErrors& errors) {
  std::ifstream file(path, std::ios::binary);
  out.assign(std::istreambuf_iterator<char>(file), {});
  if (!file.bad() && !out.empty()) return true;
  add(errors, ErrorCode::kMODEL_DESERIALIZE_FAILED, std::string("Failed to open ") + path);
  return false;
}

}  // namespace enginery::emulator
