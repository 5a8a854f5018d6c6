#include "addon/setting_value.h"

namespace enginery {

std::vector<BuildSetting> to_settings(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<BuildSetting> settings(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const auto object = array.Get(i).As<Napi::Object>();
    BuildSetting& setting = settings[i];
    setting.name = object.Get("name").As<Napi::String>();
    const Napi::Value given = object.Get("value");
    if (given.IsString()) {
      setting.text = given.As<Napi::String>();
    } else if (given.IsBoolean()) {
      setting.number = given.As<Napi::Boolean>() ? 1 : 0;
    } else {
      setting.number = given.As<Napi::Number>().Int64Value();
    }
  }
  return settings;
}

}  // namespace enginery
