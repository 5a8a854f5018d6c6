#include "emulator/tensorrt/parser_refitter.h"

namespace enginery::emulator {

bool ParserRefitter::take(std::string model, const char* path) {
  const std::string reason = refitter_.take_model(std::move(model), path != nullptr ? path : "");
  if (reason.empty()) return true;
  errors_.push_back(std::make_unique<ParserError>(nvonnxparser::ErrorCode::kREFIT_FAILED, reason));
  return error(errors_.back()->desc());
}

bool ParserRefitter::do_refitFromBytes(const void* model, size_t size, const char* path) noexcept {
  return take({static_cast<const char*>(model), size}, path);
}

bool ParserRefitter::do_refitFromFile(const char* path) noexcept {
  std::string model;
  return read_model_file(path, model, errors_) ? take(std::move(model), path) : error(errors_.back()->desc());
}

const IParserError* ParserRefitter::do_getError(int32_t index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < errors_.size() ? errors_[place].get() : nullptr;
}

}  // namespace enginery::emulator
