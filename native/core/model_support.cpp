#include "core/model_support.h"

#include <mutex>
#include <utility>

#include "core/read_file.h"
#include "core/tensorrt.h"

namespace enginery {
namespace {

constexpr size_t kMaxLogLines = 200;

// Filled by the bridge's callbacks; log lines come from several threads.
struct Answer {
  SupportResult& result;
  std::mutex mutex;
};

// An exception (for want of memory) must not pass through TensorRT: what it would have told is left out.
template <typename Body>
void guarded(void* user, Body body) noexcept {
  Answer& answer = *static_cast<Answer*>(user);
  try {
    std::lock_guard lock(answer.mutex);
    body(answer.result);
  } catch (...) {
    return;
  }
}

EngineryBridgeCallbacks callbacks_into(Answer& answer) {
  EngineryBridgeCallbacks callbacks{};
  callbacks.user = &answer;
  callbacks.log = [](void* user, int32_t severity, const char* message) {
    if (severity > ENGINERY_BRIDGE_LOG_WARNING) return;
    guarded(user, [&](SupportResult& result) {
      if (result.log.size() == kMaxLogLines) return;
      result.log.push_back({severity == ENGINERY_BRIDGE_LOG_WARNING ? Severity::warning : Severity::error, message});
    });
  };
  callbacks.parser_error = [](void* user, const EngineryBridgeParserError* e) {
    guarded(user, [&](SupportResult& result) {
      result.errors.push_back({e->code, e->node, e->op, e->file, e->line, e->function, e->description});
    });
  };
  callbacks.subgraph = [](void* user, const EngineryBridgeSubgraph* subgraph) {
    guarded(user, [&](SupportResult& result) {
      result.subgraphs.push_back({subgraph->supported != 0, {subgraph->nodes, subgraph->nodes + subgraph->node_count}});
    });
  };
  return callbacks;
}

}  // namespace

Status describe_support(SupportRequest request, SupportResult& result) {
  TensorRT tensorrt;
  Status status = tensorrt.open(request.library, request.parser);
  if (!status.ok()) return status;
  if (request.model_bytes.empty() && !request.model_path.empty()) {
    status = read_file(request.model_path, request.model_bytes);
  }
  if (!status.ok()) return status;
  // TensorRT takes no bytes for a model without nodes.
  if (request.model_bytes.empty()) {
    return Status::failed("ENGINERY_INVALID_MODEL", "The model is empty", request.model_path);
  }

  EngineryBridgeBuild build{};
  build.model_path = request.model_path.empty() ? nullptr : request.model_path.c_str();
  build.model_data = request.model_bytes.data();
  build.model_size = request.model_bytes.size();
  Answer answer{result, {}};
  const EngineryBridgeCallbacks callbacks = callbacks_into(answer);
  EngineryBridgeResult particulars{};
  const int32_t outcome = tensorrt.bridge->describe_support(&tensorrt.library, &build, &callbacks, &particulars);
  result.supported = outcome == ENGINERY_BRIDGE_OK;
  const bool told = !result.errors.empty() || !result.subgraphs.empty();
  if (result.supported || (outcome == ENGINERY_BRIDGE_PARSE_FAILED && told)) return {};
  if (outcome == ENGINERY_BRIDGE_NO_BUILDER) {
    status = Status::failed("ENGINERY_BUILD_FAILED", "TensorRT could not create a builder");
  } else if (outcome == ENGINERY_BRIDGE_PARSE_FAILED) {
    status = Status::failed("ENGINERY_PARSE_FAILED", "TensorRT's ONNX parser does not say which nodes it takes");
  } else {
    status = Status::failed("ENGINERY_INTERNAL", "The TensorRT bridge failed: " + std::string(particulars.refused));
  }
  status.log = std::move(result.log);
  return status;
}

}  // namespace enginery
