// The ONNX parser's library: a door to the TensorRT library that lies beside it.
#include <dlfcn.h>

#include <filesystem>

#include "tensorrt/family.h"

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

using Create = void* (*)(void* object, void* logger);

Create find(const char* symbol) {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&find), &self) == 0) return nullptr;
  const auto path = std::filesystem::path(self.dli_fname).parent_path() / ENGINERY_EMULATED_LIBRARY;
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  return library == nullptr ? nullptr : reinterpret_cast<Create>(dlsym(library, symbol));
}

}  // namespace

EXPORTED void* createNvOnnxParser_INTERNAL(void* network, void* logger, int) noexcept {
  const Create create = find("enginery_emulated_parser");
  return create == nullptr ? nullptr : create(network, logger);
}

EXPORTED void* createNvOnnxParserRefitter_INTERNAL(void* refitter, void* logger, int32_t) noexcept {
  const Create create = find("enginery_emulated_parser_refitter");
  return create == nullptr ? nullptr : create(refitter, logger);
}

EXPORTED int getNvOnnxParserVersion() noexcept { return NV_ONNX_PARSER_VERSION; }
