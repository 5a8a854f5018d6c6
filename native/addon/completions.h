// The way back to JS: one per environment (the main thread, or a worker thread of Node's).
//
// Native code makes no promises. JS chooses an id for each long call; jobs report to it from any thread, and the
// reports cross in arrays, one crossing for many, through one thread-safe function. Jobs hold a shared_ptr, so that one
// that outlives its environment reports into a closed channel instead of freed memory.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "addon/napi_setup.h"
#include "core/status.h"

namespace enginery {

class Completions : public std::enable_shared_from_this<Completions> {
 public:
  using Id = uint32_t;
  // Makes the JS value on the JS thread, once.
  using Value = std::function<Napi::Value(Napi::Env)>;
  using Cancel = std::function<void()>;

  // The functions of this group run on the JS thread only.

  // Keeps the callback that takes arrays of events; once per environment.
  void connect(Napi::Env env, Napi::Function on_events);
  bool connected() const { return connected_; }

  // Announces a call: from here to its settling the event loop stays alive. `cancel` must not block and may be called
  // more than once, also after the job has settled.
  void begin(Id id, Cancel cancel);
  void cancel(Id id);

  // Keeps the event loop alive for something that ends elsewhere; release() as often as hold().
  void hold();
  void release();

  // Cancels everything, waits until `deadline` for jobs to settle, and closes the channel: the environment is going
  // away.
  void close(std::chrono::steady_clock::time_point deadline);

  // These may be called from any thread.

  void progress(Id id, Value value) { post({id, "progress", std::move(value)}); }
  void log(Id id, LogLine line);
  // The first of these ends a call, and the others do nothing: a job and whoever cancels it need not agree.
  void done(Id id, Value value) { settle({id, "done", std::move(value)}); }
  void failed(Id id, Status status);

  // Has the callback called, if only with an empty array.
  void wake();

 private:
  struct Event {
    Id id;
    const char* kind;
    Value value;
  };
  static void deliver(Napi::Env env, Napi::Function on_events, Completions* self, void*);
  using Channel = Napi::TypedThreadSafeFunction<Completions, void, deliver>;

  static Napi::Object event_to_js(Napi::Env env, const Event& event);
  void post(Event event);
  void settle(Event event);
  void send(Event event);  // with mutex_ held
  void deliver_all(Napi::Env env, Napi::Function on_events);

  // JS thread only.
  bool connected_ = false;
  Napi::Env env_ = nullptr;
  Channel channel_;
  size_t held_ = 0;
  std::unordered_map<Id, Cancel> cancels_;  // of calls whose end has not reached JS

  std::mutex mutex_;
  std::condition_variable settled_;
  std::vector<Event> events_;
  std::unordered_set<Id> unsettled_;
  bool closed_ = false;
};

Napi::Object to_js(Napi::Env env, const LogLine& line);
Napi::Object to_js(Napi::Env env, const Status& status);

}  // namespace enginery
