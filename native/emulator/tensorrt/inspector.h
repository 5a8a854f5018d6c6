// An engine inspector: layers as text and as JSON.
#pragma once

#include <string>

#include "calls.h"
#include "emulator/tensorrt/engine.h"

namespace enginery::emulator {

class Inspector final : public EngineInspectorCalls {
 public:
  explicit Inspector(const Engine& engine)
      : EngineInspectorCalls(engine.logger()), core_(engine.core()), one_(engine.inspectors()) {}

 private:
  std::string layer(size_t index, LayerInformationFormat format) const;

  bool do_setExecutionContext(const IExecutionContext* context) noexcept override { return context_ = context, true; }
  const IExecutionContext* do_getExecutionContext() const noexcept override { return context_; }
  const char* do_getLayerInformation(int32_t index, LayerInformationFormat format) const noexcept override;
  const char* do_getEngineInformation(LayerInformationFormat format) const noexcept override;

  const std::shared_ptr<EngineCore> core_;
  const Dependents::One one_;
  const IExecutionContext* context_ = nullptr;
  mutable std::string text_;  // of the last answer
};

}  // namespace enginery::emulator
