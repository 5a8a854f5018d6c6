#include "core/engine_refit.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/tensorrt.h"

namespace enginery {
namespace {

constexpr const char* kCode = "ENGINERY_REFIT_FAILED";
constexpr size_t kShown = 10;  // names in a message; there may be thousands

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kShown ? text + " and " + std::to_string(names.size() - kShown) + " more" : text;
}

Status explain(int32_t outcome, const char* particulars, std::vector<std::string> missing, BridgeLog& log) {
  Status status;
  switch (outcome) {
    case ENGINERY_BRIDGE_OK:
      return {};
    case ENGINERY_BRIDGE_NOT_REFITTABLE:
      return Status::failed("ENGINERY_OPTION_UNSUPPORTED",
                            "The engine cannot be refitted: it was not built with the option refit");
    case ENGINERY_BRIDGE_REFIT_REFUSED:
      status = failed_as_logged(kCode, "The engine does not take weights from this model", log);
      if (!missing.empty()) {
        status.message = "The model does not fit the engine: it has no weights of the same name, type and size as " +
                         listed(missing);
      } else if (status.log.empty() && !log.parser_errors.empty()) {
        status.message += ": " + log.parser_errors.front().description;
      }
      break;
    case ENGINERY_BRIDGE_REFIT_FAILED:
      status =
          failed_as_logged(kCode, "TensorRT failed to refit the engine, which now may have weights of two models", log);
      break;
    default:
      status = failed_as_logged("ENGINERY_INTERNAL", std::string("The TensorRT bridge failed: ") + particulars, log);
  }
  status.parser_errors = std::move(log.parser_errors);
  status.weights = std::move(missing);
  return status;
}

}  // namespace

Status refit_engine(LoadedEngine& engine, const EngineOptions& options, const RefitModel& model) {
  if (options.parser.empty()) {
    return Status::failed("ENGINERY_LIBRARY_NOT_FOUND", "TensorRT's ONNX parser does not lie beside its library");
  }
  std::vector<std::string> missing;
  EngineryBridgeRefit refit{};
  refit.model_path = model.path.empty() ? nullptr : model.path.c_str();
  refit.model_data = model.bytes.data();
  refit.model_size = model.bytes.size();
  refit.user = &missing;
  refit.missing = [](void* user, const char* weights) {
    try {
      static_cast<std::vector<std::string>*>(user)->emplace_back(weights);
    } catch (const std::exception&) {
      // Out of memory: one name less.
    }
  };
  CudaDevice::Entered entered;
  Status status = TensorRT::open_parser(options.parser, "createNvOnnxParserRefitter_INTERNAL", refit.parser);
  if (status.ok()) status = engine.device().enter(entered);
  if (!status.ok()) return status;
  return engine.device().without_kept_memory([&] {
    missing.clear();
    BridgeLog log(options.on_log, options.log_severity);
    EngineryBridgeResult result{};
    const int32_t outcome = engine.bridge().refit(engine.handle(), &refit, &log.callbacks(), &result);
    if (outcome == ENGINERY_BRIDGE_OK || outcome == ENGINERY_BRIDGE_REFIT_FAILED) {
      engine.refitted(outcome == ENGINERY_BRIDGE_OK);
    }
    Status explained = explain(outcome, result.refused, missing, log);
    return explained.ok() ? explained : engine.device().lost_or(std::move(explained));
  });
}

}  // namespace enginery
