// The Node-API surface; lib/native/binding.ts describes it. One instance per environment.
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "addon/bindings.h"
#include "addon/completions.h"
#include "addon/napi_setup.h"
#include "addon/run_channel.h"
#include "addon/tensor_values.h"
#include "core/bridge_module.h"
#include "core/guarded_file.h"
#include "core/job_threads.h"
#include "core/running_job.h"
#include "core/shared_library.h"

namespace enginery {
namespace {

// How long a dying environment waits for its jobs to notice. Jobs own what they work on, so giving up is safe.
constexpr std::chrono::seconds kTeardownPatience{2};

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) {
    Napi::Array families = Napi::Array::New(env);
    uint32_t count = 0;
    for (const std::string& family : installed_families()) families[count++] = Napi::String::New(env, family);
    DefineAddon(exports, {
                             InstanceValue("directory", Napi::String::New(env, self_directory())),
                             InstanceValue("families", families),
                             InstanceMethod<&Addon::connect>("connect"),
                             InstanceMethod<&Addon::cancel>("cancel"),
                             InstanceMethod<&Addon::prepare_for_exit>("prepareForExit"),
                             InstanceMethod<&Addon::set_build_concurrency>("setBuildConcurrency"),
                             InstanceMethod<&Addon::start<open_library>>("openLibrary"),
                             InstanceMethod<&Addon::start<describe_driver>>("describeDriver"),
                             InstanceMethod<&Addon::start<build>>("build"),
                             InstanceMethod<&Addon::start<describe_support>>("describeSupport"),
                             InstanceMethod<&Addon::guard_file>("guardFile"),
                             InstanceMethod<&Addon::release_file>("releaseFile"),
                             InstanceMethod<&Addon::start<sync_file>>("syncFile"),
                             InstanceMethod<&Addon::lock_file>("lockFile"),
                             InstanceMethod<&Addon::unlock_file>("unlockFile"),
                             InstanceMethod<&Addon::start<open_session>>("openSession"),
                             InstanceMethod<&Addon::start<open_engine>>("openEngine"),
                             InstanceMethod<&Addon::start<refit_engine>>("refitEngine"),
                             InstanceMethod<&Addon::start<inspect_engine>>("inspectEngine"),
                             InstanceMethod<&Addon::layer_times>("layerTimes"),
                             InstanceMethod<&Addon::attach_session>("attachSession"),
                             InstanceMethod<&Addon::session_queue>("sessionQueue"),
                             InstanceMethod<&Addon::session_memory>("sessionMemory"),
                             InstanceMethod<&Addon::allocate>("allocate"),
                             InstanceMethod<&Addon::start<allocate_pinned>>("allocatePinned"),
                             InstanceMethod<&Addon::open_run_page>("openRunPage"),
                             InstanceMethod<&Addon::run>("run"),
                             InstanceMethod<&Addon::cancel_run>("cancelRun"),
                             InstanceMethod<&Addon::take_runs>("takeRuns"),
                             InstanceMethod<&Addon::start<close_session>>("closeSession"),
                             InstanceMethod<&Addon::download_tensor>("downloadTensor"),
                             InstanceMethod<&Addon::release_tensor>("releaseTensor"),
                         });
  }

 private:
  template <Binding function>
  void start(const Napi::CallbackInfo& info) {
    require_connection(info);
    function(completions_, info);
  }

  void require_connection(const Napi::CallbackInfo& info) const {
    if (!completions_->connected()) throw Napi::Error::New(info.Env(), "connect() comes first");
  }

  void connect(const Napi::CallbackInfo& info) {
    if (completions_->connected()) throw Napi::Error::New(info.Env(), "connect() was called before");
    completions_->connect(info.Env(), info[0].As<Napi::Function>());
    // After the channel was made: hooks run last in, first out, and the channel must still stand when ours runs.
    info.Env().AddCleanupHook([completions = completions_, runs = runs_, files = guarded_files_, held = held_locks_] {
      const auto deadline = std::chrono::steady_clock::now() + kTeardownPatience;
      runs->close(deadline);
      completions->close(deadline);
      files->clear();
      {
        std::lock_guard guard(held->mutex);
        held->closed = true;
        held->locks.clear();
      }
      // Nobody tells a worker that the process exits; when that is why it ends, exit() comes next.
      if (RunningJob::any()) RunningJob::prepare_for_exit();
    });
  }

  void cancel(const Napi::CallbackInfo& info) { completions_->cancel(info[0].As<Napi::Number>().Uint32Value()); }

  void prepare_for_exit(const Napi::CallbackInfo&) { RunningJob::prepare_for_exit(); }

  void set_build_concurrency(const Napi::CallbackInfo& info) {
    build_threads().set_concurrency(info[0].As<Napi::Number>().Int32Value());
  }

  void guard_file(const Napi::CallbackInfo& info) { guarded_files_->try_emplace(path_of(info), path_of(info)); }

  // A file that has been renamed meanwhile is not harmed.
  void release_file(const Napi::CallbackInfo& info) { guarded_files_->erase(path_of(info)); }

  static std::string path_of(const Napi::CallbackInfo& info) { return info[0].As<Napi::String>(); }

  void lock_file(const Napi::CallbackInfo& info) {
    require_connection(info);
    enginery::lock_file(completions_, held_locks_, info);
  }

  Napi::Value session_queue(const Napi::CallbackInfo& info) { return enginery::session_queue(info); }

  Napi::Value session_memory(const Napi::CallbackInfo& info) { return enginery::session_memory(info); }

  Napi::Value attach_session(const Napi::CallbackInfo& info) {
    require_connection(info);
    return enginery::attach_session(completions_, info);
  }

  Napi::Value layer_times(const Napi::CallbackInfo& info) { return enginery::layer_times(info); }

  Napi::Value open_run_page(const Napi::CallbackInfo& info) {
    require_connection(info);
    return runs_->open_page(info.Env());
  }

  void run(const Napi::CallbackInfo& info) { runs_->submit(info); }

  void cancel_run(const Napi::CallbackInfo& info) { runs_->cancel(info[0].As<Napi::Number>().Uint32Value()); }

  Napi::Value take_runs(const Napi::CallbackInfo& info) { return runs_->take(info.Env(), info[0].As<Napi::Boolean>()); }

  void download_tensor(const Napi::CallbackInfo& info) {
    require_connection(info);
    enginery::download_tensor(completions_, runs_->device_tensors(), info);
  }

  void release_tensor(const Napi::CallbackInfo& info) {
    runs_->device_tensors().remove(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
  }

  Napi::Value allocate(const Napi::CallbackInfo& info) { return allocate_array_buffer(info); }

  void unlock_file(const Napi::CallbackInfo& info) {
    std::lock_guard guard(held_locks_->mutex);
    held_locks_->locks.erase(info[0].As<Napi::Number>().Uint32Value());
  }

  const std::shared_ptr<HeldLocks> held_locks_ = std::make_shared<HeldLocks>();
  // JS thread only.
  const std::shared_ptr<std::unordered_map<std::string, GuardedFile>> guarded_files_ =
      std::make_shared<std::unordered_map<std::string, GuardedFile>>();
  const std::shared_ptr<Completions> completions_ = std::make_shared<Completions>();
  const std::shared_ptr<RunChannel> runs_ = std::make_shared<RunChannel>(completions_);
};

}  // namespace

NODE_API_NAMED_ADDON(enginery, Addon)

}  // namespace enginery
