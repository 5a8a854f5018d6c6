#include "emulator/tensorrt/parser.h"

#include <algorithm>

namespace enginery::emulator {

bool Parser::take(ParsedModel parsed) {
  if (!parsed.read(errors_)) {
    for (const auto& error_of_model : errors_) error(error_of_model->desc());
    return false;
  }
  network_.fill(std::move(parsed.tensors), std::move(parsed.graph), std::move(parsed.model), std::move(parsed.path));
  return true;
}

bool Parser::do_parse(const void* model, size_t size, const char* path) noexcept {
  ParsedModel parsed;
  parsed.model.assign(static_cast<const char*>(model), size);
  parsed.path = path != nullptr ? path : "";
  return take(std::move(parsed));
}

bool Parser::do_parseFromFile(const char* path, int) noexcept {
  ParsedModel parsed;
  parsed.path = path;
  if (!read_model_file(path, parsed.model, errors_)) return error(errors_.back()->desc());
  return take(std::move(parsed));
}

bool Parser::do_supportsModelV2(const void* model, size_t size, const char* path) noexcept {
  ParsedModel parsed;
  parsed.model.assign(static_cast<const char*>(model), size);
  parsed.path = path != nullptr ? path : "";
  supported_ = parsed.read(errors_);
  subgraphs_.clear();
  std::vector<int64_t> run;
  const auto end_run = [&] {
    if (!run.empty()) subgraphs_.push_back(std::move(run));
    run.clear();
  };
  for (size_t i = 0; i < parsed.graph.nodes.size(); ++i) {
    const bool refused =
        std::any_of(errors_.begin(), errors_.end(), [&](const auto& it) { return it->node() == static_cast<int>(i); });
    refused ? end_run() : run.push_back(static_cast<int64_t>(i));
  }
  end_run();
  return supported_;
}

int64_t* Parser::do_getSubgraphNodes(int64_t index, int64_t& length) noexcept {
  const auto place = static_cast<size_t>(index);
  if (place >= subgraphs_.size()) {
    length = 0;
    return nullptr;
  }
  length = static_cast<int64_t>(subgraphs_[place].size());
  return subgraphs_[place].data();
}

const IParserError* Parser::do_getError(int index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < errors_.size() ? errors_[place].get() : nullptr;
}

void Parser::do_setFlag(OnnxParserFlag flag) noexcept {
#ifdef ENGINERY_FAMILY_ENT10
  const bool later = flag == OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE ||
                     flag == OnnxParserFlag::kREPORT_CAPABILITY_DLA || flag == OnnxParserFlag::kADJUST_FOR_DLA;
  if (later && version().number() < version_number(10, 15)) {
    error("IParser::setFlag: this version has no flag " + std::to_string(static_cast<int>(flag)));
    return;
  }
#endif
  flags_ |= 1U << static_cast<uint32_t>(flag);
}

bool Parser::do_getFlag(OnnxParserFlag flag) const noexcept { return (flags_ >> static_cast<uint32_t>(flag) & 1) != 0; }

}  // namespace enginery::emulator
