// An ONNX model as TensorRT's parser would take it, or why it does not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/tensorrt/onnx_graph.h"
#include "emulator/tensorrt/plan.h"

namespace enginery::emulator {

class ParserError final : public nvonnxparser::IParserError {
 public:
  ParserError(nvonnxparser::ErrorCode code, std::string text, int node = -1, const OnnxNode* at = nullptr)
      : code_(code), text_(std::move(text)), node_(node) {
    if (at != nullptr) name_ = at->name, op_ = at->op;
  }
  ~ParserError() override = default;

  nvonnxparser::ErrorCode code() const override { return code_; }
  const char* desc() const override { return text_.c_str(); }
  const char* file() const override { return "emulator"; }
  int line() const override { return 1; }
  const char* func() const override { return "parse"; }
  int node() const override { return node_; }
  const char* nodeName() const override { return name_.c_str(); }
  const char* nodeOperator() const override { return op_.c_str(); }
  const char* const* localFunctionStack() const override { return nullptr; }
  int32_t localFunctionStackSize() const override { return 0; }

 private:
  const nvonnxparser::ErrorCode code_;
  const std::string text_;
  const int node_;
  std::string name_;
  std::string op_;
};

using ParserErrors = std::vector<std::unique_ptr<ParserError>>;

struct ParsedModel {
  std::string model;
  std::string path;
  OnnxGraph graph;
  std::vector<PlanTensor> tensors;

  // Reads the file, asks ONNX Runtime, and adds what is wrong to `errors`: false then. An operator that ONNX Runtime
  // does not know is an unsupported node, one error for each.
  bool read(ParserErrors& errors);
};

// False where it cannot be read; adds an error.
bool read_model_file(const char* path, std::string& out, ParserErrors& errors);

}  // namespace enginery::emulator
