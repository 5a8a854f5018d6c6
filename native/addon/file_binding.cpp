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
  completions->begin(id, [] {});  // a sync cannot be stopped
  const auto fail = [completions, id](Status status) { completions->failed(id, std::move(status)); };
  start_job(
      utility_threads(),
      [completions, id, path, fail] {
        Status status = sync_file(path);
        if (!status.ok()) return fail(std::move(status));
        completions->done(id, [](Napi::Env env) { return env.Undefined(); });
      },
      fail);
}

void lock_file(const std::shared_ptr<Completions>& completions, const std::shared_ptr<HeldLocks>& held,
               const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const std::string path = info[1].As<Napi::String>();
  completions->begin(id, [] {});  // takes no time
  const auto fail = [completions, id](Status status) { completions->failed(id, std::move(status)); };
  start_job(
      utility_threads(),
      [completions, held, id, path, fail] {
        FileLock lock;
        Status status = FileLock::try_lock(path, lock);
        if (!status.ok()) return fail(std::move(status));
        uint32_t handle = 0;
        if (lock.held()) {
          std::lock_guard guard(held->mutex);
          if (!held->closed) {
            handle = ++held->last;
            held->locks.emplace(handle, std::move(lock));
          }
        }
        completions->done(id, [handle](Napi::Env env) { return Napi::Number::New(env, handle); });
      },
      fail);
}

}  // namespace enginery
