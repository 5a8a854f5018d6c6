#include "addon/completions.h"

#include <utility>

namespace enginery {

void Completions::connect(Napi::Env env, Napi::Function on_events) {
  // The channel keeps this object alive until Node has let go of it.
  auto held = std::make_unique<std::shared_ptr<Completions>>(shared_from_this());
  channel_ = Channel::New(
      env, on_events, "enginery", 0, 1, this,
      [](Napi::Env, std::shared_ptr<Completions>* owner, Completions*) { delete owner; }, held.get());
  held.release();
  channel_.Unref(env);  // an idle addon keeps no process alive
  env_ = env;
  connected_ = true;
}

void Completions::hold() {
  if (held_++ == 0) channel_.Ref(env_);
}

void Completions::release() {
  if (--held_ == 0) channel_.Unref(env_);
}

void Completions::begin(Id id, Cancel cancel) {
  cancels_.emplace(id, std::move(cancel));
  {
    std::lock_guard lock(mutex_);
    unsettled_.insert(id);
  }
  hold();
}

void Completions::wake() {
  std::lock_guard lock(mutex_);
  if (!closed_) channel_.NonBlockingCall();
}

void Completions::cancel(Id id) {
  const auto found = cancels_.find(id);
  if (found != cancels_.end()) found->second();
}

void Completions::close(std::chrono::steady_clock::time_point deadline) {
  for (const auto& [id, cancel] : cancels_) cancel();
  std::unique_lock lock(mutex_);
  settled_.wait_until(lock, deadline, [this] { return unsettled_.empty(); });
  closed_ = true;
  events_.clear();
  if (connected_) channel_.Abort();
}

void Completions::log(Id id, LogLine line) {
  post({id, "log", [line = std::move(line)](Napi::Env env) { return to_js(env, line); }});
}

void Completions::failed(Id id, Status status) {
  settle({id, "failed", [status = std::move(status)](Napi::Env env) { return to_js(env, status); }});
}

void Completions::settle(Event event) {
  std::lock_guard lock(mutex_);
  if (unsettled_.erase(event.id) == 0) return;
  send(std::move(event));
  settled_.notify_all();
}

void Completions::post(Event event) {
  std::lock_guard lock(mutex_);
  send(std::move(event));
}

void Completions::send(Event event) {
  if (closed_) return;
  events_.push_back(std::move(event));
  // Under the lock: close() must not abort the channel between the check and the call. The queue is unbounded, so the
  // call does not fail for being full.
  if (events_.size() == 1) channel_.NonBlockingCall();
}

void Completions::deliver(Napi::Env env, Napi::Function on_events, Completions* self, void*) {
  if (env != nullptr) self->deliver_all(env, on_events);  // null: the environment is gone, and JS with it
}

Napi::Object Completions::event_to_js(Napi::Env env, const Event& event) {
  Napi::Object object = Napi::Object::New(env);
  object["id"] = Napi::Number::New(env, event.id);
  object["kind"] = Napi::String::New(env, event.kind);
  object[event.kind[0] == 'f' ? "error" : "value"] = event.value(env);
  return object;
}

void Completions::deliver_all(Napi::Env env, Napi::Function on_events) {
  std::vector<Event> events;
  {
    std::lock_guard lock(mutex_);
    events.swap(events_);
  }
  const Napi::HandleScope scope(env);
  Napi::Array array = Napi::Array::New(env);
  for (const Event& event : events) {
    const bool ends = event.kind[0] == 'd' || event.kind[0] == 'f';
    Napi::Object object;
    try {
      object = event_to_js(env, event);
    } catch (const std::exception& error) {  // out of memory, a string too long for JS
      if (!ends) continue;
      const std::string message = std::string("The result cannot be given to JavaScript: ") + error.what();
      object = event_to_js(env, Event{event.id, "failed", [&](Napi::Env env) {
                                        return to_js(env, Status::failed("ENGINERY_INTERNAL", message));
                                      }});
    }
    array[array.Length()] = object;
    if (!ends) continue;
    cancels_.erase(event.id);
    release();
  }
  on_events.Call({array});
}

namespace {

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "info";
    case Severity::verbose:
      return "verbose";
  }
  return "error";
}

}  // namespace

Napi::Object to_js(Napi::Env env, const LogLine& line) {
  Napi::Object object = Napi::Object::New(env);
  object["severity"] = Napi::String::New(env, name_of(line.severity));
  object["message"] = Napi::String::New(env, line.message);
  return object;
}

Napi::Object to_js(Napi::Env env, const Status& status) {
  Napi::Object object = Napi::Object::New(env);
  object["code"] = Napi::String::New(env, status.code);
  object["message"] = Napi::String::New(env, status.message);
  if (!status.subject.empty()) object["subject"] = Napi::String::New(env, status.subject);
  if (status.system_error != 0) object["errno"] = Napi::Number::New(env, status.system_error);
  Napi::Array log = Napi::Array::New(env, status.log.size());
  for (uint32_t i = 0; i < status.log.size(); ++i) log[i] = to_js(env, status.log[i]);
  object["log"] = log;
  Napi::Array errors = Napi::Array::New(env, status.parser_errors.size());
  for (uint32_t i = 0; i < status.parser_errors.size(); ++i) {
    const ParserError& error = status.parser_errors[i];
    Napi::Object entry = Napi::Object::New(env);
    entry["code"] = Napi::String::New(env, error.code);
    entry["node"] = Napi::String::New(env, error.node);
    entry["operator"] = Napi::String::New(env, error.op);
    entry["file"] = Napi::String::New(env, error.file);
    entry["line"] = Napi::Number::New(env, error.line);
    entry["function"] = Napi::String::New(env, error.function);
    entry["description"] = Napi::String::New(env, error.description);
    errors[i] = entry;
  }
  object["parserErrors"] = errors;
  Napi::Array weights = Napi::Array::New(env, status.weights.size());
  for (uint32_t i = 0; i < status.weights.size(); ++i) weights[i] = Napi::String::New(env, status.weights[i]);
  object["weights"] = weights;
  return object;
}

}  // namespace enginery
