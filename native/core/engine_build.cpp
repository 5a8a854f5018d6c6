#include "core/engine_build.h"

#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

#include "core/bridge_module.h"
#include "core/library_info.h"
#include "core/plan_file.h"

namespace enginery {
namespace {

// What one build has told so far. Its callbacks come from several threads, and from inside TensorRT, which no exception
// may pass: one is kept, and the build stops at its next step.
class Recorder {
 public:
  // Of one operation; a library in a fit may log without end.
  static constexpr size_t kMaxLogLines = 200;

  Recorder(const BuildRequest& request, const BuildObserver& observer, const std::atomic<bool>& cancelled,
           PlanFile& plan)
      : request_(request), observer_(observer), cancelled_(cancelled), plan_(plan) {
    callbacks_.user = this;
    callbacks_.log = [](void* self, int32_t severity, const char* message) {
      static_cast<Recorder*>(self)->guarded([&](Recorder& r) { r.log(severity, message); });
    };
    callbacks_.parser_error = [](void* self, const EngineryBridgeParserError* e) {
      static_cast<Recorder*>(self)->guarded([&](Recorder& r) {
        r.parser_errors.push_back({e->code, e->node, e->op, e->file, e->line, e->function, e->description});
      });
    };
    callbacks_.tensor = [](void* self, const EngineryBridgeTensor* t) {
      static_cast<Recorder*>(self)->guarded([&](Recorder& r) {
        const int32_t rank = t->rank > 0 ? t->rank : 0;
        r.tensors.push_back({t->name, t->type, t->output != 0, t->shape_tensor != 0, {t->dims, t->dims + rank}});
      });
    };
    callbacks_.progress = [](void* self, int32_t event, const char* phase, const char* parent, int32_t step,
                             int32_t steps) -> int32_t {
      const auto recorder = static_cast<Recorder*>(self);
      const bool fine = recorder->guarded([&](Recorder& r) { r.progress(event, phase, parent, step, steps); });
      return fine && !recorder->cancelled_ && !recorder->failed() ? 1 : 0;
    };
    callbacks_.write = [](void* self, const void* data, size_t size) -> int32_t {
      bool written = false;
      static_cast<Recorder*>(self)->guarded([&](Recorder& r) { written = r.plan_.write(data, size); });
      return written ? 1 : 0;
    };
  }

  const EngineryBridgeCallbacks& callbacks() const { return callbacks_; }

  std::vector<LogLine> take_log() {
    std::lock_guard lock(mutex_);
    return std::move(log_);
  }

  // Throws what a callback threw.
  void rethrow() {
    std::lock_guard lock(mutex_);
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

  // Only on the building thread.
  std::vector<ParserError> parser_errors;
  std::vector<TensorInfo> tensors;

 private:
  template <typename Body>
  bool guarded(Body body) noexcept {
    try {
      body(*this);
      return true;
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
      return false;
    }
  }

  bool failed() {
    std::lock_guard lock(mutex_);
    return thrown_ != nullptr;
  }

  void log(int32_t severity, const char* message) {
    const LogLine line{severity <= ENGINERY_BRIDGE_LOG_ERROR     ? Severity::error
                       : severity == ENGINERY_BRIDGE_LOG_WARNING ? Severity::warning
                       : severity == ENGINERY_BRIDGE_LOG_INFO    ? Severity::info
                                                                 : Severity::verbose,
                       message};
    const bool keep = line.severity <= Severity::warning;
    if (keep || request_.verbose) observer_.log(line);
    if (!keep) return;
    std::lock_guard lock(mutex_);
    if (log_.size() < kMaxLogLines) log_.push_back(line);
  }

  void progress(int32_t event, const char* phase, const char* parent, int32_t step, int32_t steps) {
    if (!request_.progress) return;
    using Event = BuildProgress::Event;
    observer_.progress({event == ENGINERY_BRIDGE_PHASE_START  ? Event::start
                        : event == ENGINERY_BRIDGE_PHASE_STEP ? Event::step
                                                              : Event::finish,
                        phase, parent, step, steps});
  }

  const BuildRequest& request_;
  const BuildObserver& observer_;
  const std::atomic<bool>& cancelled_;
  PlanFile& plan_;
  EngineryBridgeCallbacks callbacks_{};
  std::mutex mutex_;
  std::vector<LogLine> log_;
  std::exception_ptr thrown_;
};

Status require(const SharedLibrary& library, const std::string& path, const char* symbol) {
  if (library.symbol(symbol) != nullptr) return {};
  return Status::failed("ENGINERY_LIBRARY_UNUSABLE", path + " does not export " + symbol, path);
}

Status open_libraries(const BuildRequest& request, EngineryBridgeLibrary& out, const EngineryBridge*& bridge) {
  LibraryInfo library;
  Status status = describe_library(request.library, library);
  if (!status.ok()) return status;
  const std::string family = family_of(library.product, library.number);
  if (family.empty()) {
    return Status::failed("ENGINERY_LIBRARY_UNSUPPORTED",
                          request.library + ": " + library.product + " " + library.version + " is not supported",
                          request.library);
  }
  status = load_bridge(family, bridge);
  if (!status.ok()) return status;
  SharedLibrary parser;
  status = SharedLibrary::open(request.parser, parser);
  if (!status.ok()) return status;
  status = require(library.library, request.library, "createInferBuilder_INTERNAL");
  if (!status.ok()) return status;
  status = require(parser, request.parser, "createNvOnnxParser_INTERNAL");
  if (!status.ok()) return status;
  out = {library.library.handle(), parser.handle(), library.number};
  return {};
}

// The request in the bridge's terms; points into `request`.
struct PlainBuild {
  explicit PlainBuild(const BuildRequest& request) {
    for (const BuildRange& r : request.ranges) {
      ranges.push_back({r.profile, r.input.c_str(), r.values ? 1 : 0, static_cast<int32_t>(r.min.size()), r.min.data(),
                        r.opt.data(), r.max.data()});
    }
    for (const BuildSetting& s : request.settings) settings.push_back({s.name.c_str(), s.text.c_str(), s.number});
    plain = {request.model_path.empty() ? nullptr : request.model_path.c_str(),
             request.model_bytes.data(),
             request.model_bytes.size(),
             request.profiles,
             ranges.data(),
             ranges.size(),
             settings.data(),
             settings.size()};
  }

  std::vector<EngineryBridgeRange> ranges;
  std::vector<EngineryBridgeSetting> settings;
  EngineryBridgeBuild plain{};
};

Status explain(int32_t outcome, const std::string& refused, const PlanFile& plan) {
  switch (outcome) {
    case ENGINERY_BRIDGE_OK:
      return {};
    case ENGINERY_BRIDGE_CANCELLED:
      return Status::cancelled();
    case ENGINERY_BRIDGE_NO_BUILDER:
      return Status::failed("ENGINERY_BUILD_FAILED", "TensorRT could not create a builder");
    case ENGINERY_BRIDGE_PARSE_FAILED:
      return Status::failed("ENGINERY_PARSE_FAILED", "TensorRT's ONNX parser does not take this model");
    case ENGINERY_BRIDGE_SETTING_REFUSED:
      return Status::failed("ENGINERY_OPTION_REFUSED", "TensorRT refused the setting " + refused, refused);
    case ENGINERY_BRIDGE_PROFILE_REFUSED:
      return Status::failed("ENGINERY_INVALID_PROFILE",
                            refused.empty() ? "TensorRT refused the optimization profile"
                                            : "TensorRT refused the optimization profile of input '" + refused + "'",
                            refused);
    case ENGINERY_BRIDGE_BUILD_FAILED:
      return Status::failed("ENGINERY_BUILD_FAILED", "TensorRT could not build an engine from this model");
    case ENGINERY_BRIDGE_WRITE_FAILED:
      if (!plan.status().ok()) return plan.status();
      return Status::failed("ENGINERY_INTERNAL", "TensorRT gave a piece of the plan that has no size");
    default:
      return Status::failed("ENGINERY_INTERNAL", "The TensorRT bridge failed: " + refused);
  }
}

}  // namespace

Status build_engine(const BuildRequest& request, const BuildObserver& observer, const std::atomic<bool>& cancelled,
                    BuildResult& result) {
  if (cancelled) return Status::cancelled();
  EngineryBridgeLibrary library{};
  const EngineryBridge* bridge = nullptr;
  Status status = open_libraries(request, library, bridge);
  if (!status.ok()) return status;
  PlanFile plan;
  status = plan.create(request.output);
  if (!status.ok()) return status;
  // Whoever cancels removes the file by name; one that was made after that is removed here.
  if (cancelled) return Status::cancelled();

  const auto begin = std::chrono::steady_clock::now();
  const PlainBuild build(request);
  Recorder recorder(request, observer, cancelled, plan);
  EngineryBridgeResult particulars{};
  const int32_t outcome = bridge->build(&library, &build.plain, &recorder.callbacks(), &particulars);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  recorder.rethrow();

  status = explain(outcome, particulars.refused, plan);
  if (status.ok() && cancelled) status = Status::cancelled();
  if (status.ok()) status = plan.commit();
  if (!status.ok()) {
    status.log = recorder.take_log();
    status.parser_errors = std::move(recorder.parser_errors);
    return status;
  }
  result.bytes = plan.size();
  result.log = recorder.take_log();
  result.tensors = std::move(recorder.tensors);
  return {};
}

}  // namespace enginery
