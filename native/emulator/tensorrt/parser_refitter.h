// The ONNX parser's refitter: weights from another file.
#pragma once

#include "calls.h"
#include "emulator/tensorrt/parsed_model.h"
#include "emulator/tensorrt/refitter.h"

namespace enginery::emulator {

class ParserRefitter final : public ParserRefitterCalls {
 public:
  ParserRefitter(Refitter& refitter, ILogger& logger)
      : ParserRefitterCalls(logger), refitter_(refitter), one_(refitter.parsers()) {}

 private:
  bool take(std::string model, const char* path);

  bool do_refitFromBytes(const void* model, size_t size, const char* path) noexcept override;
  bool do_refitFromFile(const char* path) noexcept override;
  int32_t do_getNbErrors() const noexcept override { return static_cast<int32_t>(errors_.size()); }
  const IParserError* do_getError(int32_t index) const noexcept override;
  void do_clearErrors() override { errors_.clear(); }

  Refitter& refitter_;
  const Dependents::One one_;
  ParserErrors errors_;
};

}  // namespace enginery::emulator
