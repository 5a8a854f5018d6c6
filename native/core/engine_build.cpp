#include "core/engine_build.h"

#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

#include "core/plan_file.h"
#include "core/shared_file.h"
#include "core/tensorrt.h"

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
    callbacks_.lock_timing_cache = [](void* self, const void** data, size_t* size) -> int32_t {
      bool locked = false;
      static_cast<Recorder*>(self)->guarded([&](Recorder& r) { locked = r.lock_timing_cache(data, size); });
      return locked ? 1 : 0;
    };
    callbacks_.keep_timing_cache = [](void* self, const void* data, size_t size) {
      static_cast<Recorder*>(self)->guarded([&](Recorder& r) { r.keep_timing_cache(data, size); });
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

  // An engine is no worse for a timing cache that cannot be kept: that is a line in the log.
  bool lock_timing_cache(const void** data, size_t* size) {
    Status status = timing_cache_.lock_and_read(request_.timing_cache, cancelled_);
    if (!status.ok()) return warn(status), false;
    *data = timing_cache_.bytes().data();
    *size = timing_cache_.bytes().size();
    return true;
  }

  void keep_timing_cache(const void* data, size_t size) {
    if (data != nullptr) warn(timing_cache_.replace(data, size));
    timing_cache_.unlock();
  }

  void warn(const Status& status) {
    if (!status.ok()) log(ENGINERY_BRIDGE_LOG_WARNING, ("timing cache: " + status.message).c_str());
  }

  const BuildRequest& request_;
  const BuildObserver& observer_;
  const std::atomic<bool>& cancelled_;
  PlanFile& plan_;
  SharedFile timing_cache_;
  EngineryBridgeCallbacks callbacks_{};
  std::mutex mutex_;
  std::vector<LogLine> log_;
  std::exception_ptr thrown_;
};

// The request in the bridge's terms; points into `request`.
struct PlainBuild {
  PlainBuild(const BuildRequest& request, const std::vector<uint8_t>& timing_cache) {
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
             settings.size(),
             request.timing_cache.empty() ? 0 : 1,
             timing_cache.data(),
             timing_cache.size()};
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
  TensorRT tensorrt;
  Status status = tensorrt.open(request.library, request.parser);
  if (!status.ok()) return status;
  std::vector<uint8_t> timing_cache;
  if (!request.timing_cache.empty()) status = SharedFile::read(request.timing_cache, timing_cache);
  if (!status.ok()) {
    status.message = "timing cache: " + status.message;
    return status;
  }
  PlanFile plan;
  status = plan.create(request.output);
  if (!status.ok()) return status;
  // Whoever cancels removes the file by name; one that was made after that is removed here.
  if (cancelled) return Status::cancelled();

  const auto begin = std::chrono::steady_clock::now();
  const PlainBuild build(request, timing_cache);
  Recorder recorder(request, observer, cancelled, plan);
  EngineryBridgeResult particulars{};
  const int32_t outcome = tensorrt.bridge->build(&tensorrt.library, &build.plain, &recorder.callbacks(), &particulars);
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
