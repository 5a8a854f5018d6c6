// control.h for tests in Node: set(lines), reports(), live().
#include <algorithm>
#include <string>

#include "addon/napi_setup.h"
#include "emulator/control.h"

namespace {

template <size_t (*give)(char*, size_t)>
Napi::Value text(const Napi::CallbackInfo& info) {
  std::string all(give(nullptr, 0), '\0');
  all.resize(std::min(give(all.data(), all.size() + 1), all.size()));  // it may have changed
  return Napi::String::New(info.Env(), all);
}

void set(const Napi::CallbackInfo& info) { emuSet(info[0].As<Napi::String>().Utf8Value().c_str()); }

Napi::Object open(Napi::Env env, Napi::Object exports) {
  exports["set"] = Napi::Function::New<set>(env);
  exports["reports"] = Napi::Function::New<text<emuReports>>(env);
  exports["live"] = Napi::Function::New<text<emuLive>>(env);
  return exports;
}

}  // namespace

NODE_API_MODULE(enginery_emulator_control, open)
