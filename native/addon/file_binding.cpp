// Files that JavaScript is about to put in place.
#include <string>

#include "addon/bindings.h"
#include "addon/start_job.h"
#include "core/job_threads.h"
#include "core/sync_file.h"

namespace enginery {

void sync_file(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const std::string path = info[1].As<Napi::String>();
  start_call(completions, id, utility_threads(), [completions, id, path] {
    Status status = sync_file(path);
    if (!status.ok()) return status;
    completions->done(id, [](Napi::Env env) { return env.Undefined(); });
    return Status{};
  });
}

void lock_file(const std::shared_ptr<Completions>& completions, const std::shared_ptr<HeldLocks>& held,
               const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const std::string path = info[1].As<Napi::String>();
  start_call(completions, id, utility_threads(), [completions, held, id, path] {
    FileLock lock;
    Status status = FileLock::try_lock(path, lock);
    if (!status.ok()) return status;
    uint32_t handle = 0;
    if (lock.held()) {
      std::lock_guard guard(held->mutex);
      if (!held->closed) {
        handle = ++held->last;
        held->locks.emplace(handle, std::move(lock));
      }
    }
    completions->done(id, [handle](Napi::Env env) { return Napi::Number::New(env, handle); });
    return Status{};
  });
}

}  // namespace enginery
