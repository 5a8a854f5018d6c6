#include "tensorrt/refit.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "tensorrt/logger.h"
#include "tensorrt/objects.h"

namespace enginery {
namespace {

using nvinfer1::IRefitter;
using nvonnxparser::IParserRefitter;

bool take_weights(IParserRefitter& parser, const EngineryBridgeRefit& refit) {
  if (refit.model_path != nullptr) return parser.refitFromFile(refit.model_path);
  return parser.refitFromBytes(refit.model_data, refit.model_size);
}

// The parser counts what it did not find, and does not name it.
void report_missing(IRefitter& refitter, const EngineryBridgeRefit& refit) {
  std::vector<const char*> names(static_cast<size_t>(std::max(refitter.getAllWeights(0, nullptr), 0)));
  refitter.getAllWeights(static_cast<int32_t>(names.size()), names.data());
  const LogScope nowhere(nullptr);  // TensorRT logs an error for weights that were not set
  for (const char* const name : names) {
    if (name != nullptr && refitter.getNamedWeights(name).values == nullptr) refit.missing(refit.user, name);
  }
}

}  // namespace

int32_t refit_engine(Operation& operation, const Engine& engine, const EngineryBridgeRefit& refit) {
  if (engine.info().refittable == 0) return ENGINERY_BRIDGE_NOT_REFITTABLE;
  // Destroyed in reverse: the parser owns the weights that it gave to the refitter.
  const std::unique_ptr<IRefitter> refitter(create_refitter(engine.library(), engine.engine()));
  if (!refitter) return ENGINERY_BRIDGE_REFIT_REFUSED;
  const std::unique_ptr<IParserRefitter> parser(create_parser_refitter(refit.parser, *refitter));
  if (!parser) return ENGINERY_BRIDGE_REFIT_REFUSED;
  const bool taken = take_weights(*parser, refit);
  report_parser_errors(operation, *parser);
  if (!taken || refitter->getMissingWeights(0, nullptr) > 0) {
    report_missing(*refitter, refit);
    return ENGINERY_BRIDGE_REFIT_REFUSED;
  }
  return refitter->refitCudaEngine() ? ENGINERY_BRIDGE_OK : ENGINERY_BRIDGE_REFIT_FAILED;
}

}  // namespace enginery
