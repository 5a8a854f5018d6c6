// The ONNX parser.
#pragma once

#include "calls.h"
#include "emulator/tensorrt/network.h"
#include "emulator/tensorrt/parsed_model.h"

namespace enginery::emulator {

class Parser final : public ParserCalls {
 public:
  Parser(Network& network, ILogger& logger) : ParserCalls(logger), network_(network), one_(network.parsers()) {}

 private:
  bool take(ParsedModel parsed);

  bool do_parse(const void* model, size_t size, const char* path) noexcept override;
  bool do_parseFromFile(const char* path, int verbosity) noexcept override;
  bool do_supportsModelV2(const void* model, size_t size, const char* path) noexcept override;
  int64_t do_getNbSubgraphs() noexcept override { return static_cast<int64_t>(subgraphs_.size()); }
  bool do_isSubgraphSupported(int64_t) noexcept override { return supported_; }
  int64_t* do_getSubgraphNodes(int64_t index, int64_t& length) noexcept override;
  int do_getNbErrors() const noexcept override { return static_cast<int>(errors_.size()); }
  const IParserError* do_getError(int index) const noexcept override;
  void do_clearErrors() noexcept override { errors_.clear(); }
  void do_setFlags(OnnxParserFlags flags) noexcept override { flags_ = flags; }
  OnnxParserFlags do_getFlags() const noexcept override { return flags_; }
  void do_setFlag(OnnxParserFlag flag) noexcept override;
  void do_clearFlag(OnnxParserFlag flag) noexcept override { flags_ &= ~(1U << static_cast<uint32_t>(flag)); }
  bool do_getFlag(OnnxParserFlag flag) const noexcept override;
  bool do_setBuilderConfig(const IBuilderConfig* const config) noexcept override { return config != nullptr; }

  Network& network_;
  const Dependents::One one_;
  OnnxParserFlags flags_ = 1U << static_cast<uint32_t>(OnnxParserFlag::kNATIVE_INSTANCENORM);
  ParserErrors errors_;
  std::vector<std::vector<int64_t>> subgraphs_;
  bool supported_ = false;
};

}  // namespace enginery::emulator
