#include "addon/model_value.h"

namespace enginery {

void read_model(const Napi::Value& model, std::string& path, std::vector<uint8_t>& bytes) {
  if (model.IsString()) {
    path = model.As<Napi::String>();
  } else {
    const auto array = model.As<Napi::Uint8Array>();
    bytes.assign(array.Data(), array.Data() + array.ByteLength());
  }
}

}  // namespace enginery
