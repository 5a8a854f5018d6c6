// What the library exports, under the names of the real one.
#include <atomic>

#include "emulator/tensorrt/builder.h"
#include "emulator/tensorrt/parser.h"
#include "emulator/tensorrt/parser_refitter.h"
#include "emulator/tensorrt/runtime.h"

namespace enginery::emulator {
namespace {

class SilentLogger final : public ILogger {
  void log(Severity, const AsciiChar*) noexcept override {}
};

std::atomic<ILogger*> first_logger{nullptr};

// The fault plan knows the entry points by their symbols without _INTERNAL.
bool planned_to_fail(ILogger& logger, const char* function) {
  const Driver* const cuda = driver();
  if (cuda == nullptr || cuda->emuFault == nullptr || cuda->emuFault(function) == 0) return false;
  logger.log(ILogger::Severity::kERROR, (std::string(function) + ": planned failure").c_str());
  return true;
}

// As TensorRT does: the first logger stays the global one.
ILogger& keep(void* logger) {
  auto& given = *static_cast<ILogger*>(logger);
  ILogger* first = nullptr;
  if (!first_logger.compare_exchange_strong(first, &given) && first != &given) {
    given.log(ILogger::Severity::kWARNING, "The logger passed differs from the first one");
  }
  return given;
}

IPluginRegistry* global_registry() {
  static auto* const logger = new SilentLogger;
  static auto* const registry = new PluginRegistry(*logger);
  return registry;
}

}  // namespace
}  // namespace enginery::emulator

using namespace enginery::emulator;

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int32_t getInferLibVersion() noexcept { return version().number(); }
EXPORTED int32_t getInferLibMajorVersion() noexcept { return version().major; }
EXPORTED int32_t getInferLibMinorVersion() noexcept { return version().minor; }
EXPORTED int32_t getInferLibPatchVersion() noexcept { return version().patch; }
EXPORTED int32_t getInferLibBuildVersion() noexcept { return version().build; }
EXPORTED nvinfer1::ILogger* getLogger() noexcept { return first_logger; }
EXPORTED nvinfer1::IPluginRegistry* getPluginRegistry() noexcept { return global_registry(); }
EXPORTED nvinfer1::IPluginRegistry* getBuilderPluginRegistry(nvinfer1::EngineCapability) noexcept {
  return global_registry();
}
EXPORTED bool setInternalLibraryPath(nvinfer1::AsciiChar const*) noexcept { return true; }

EXPORTED void* createInferBuilder_INTERNAL(void* logger, int32_t) noexcept {
  ILogger& given = keep(logger);
  // As the pointer that NVIDIA's wrapper casts it to.
  return planned_to_fail(given, "createInferBuilder") ? nullptr : static_cast<IBuilder*>(Builder::create(given));
}

EXPORTED void* createInferRuntime_INTERNAL(void* logger, int32_t) noexcept {
  ILogger& given = keep(logger);
  return planned_to_fail(given, "createInferRuntime") ? nullptr : static_cast<IRuntime*>(Runtime::create(given));
}

EXPORTED void* createInferRefitter_INTERNAL(void* engine, void* logger, int32_t) noexcept {
  ILogger& given = keep(logger);
  if (planned_to_fail(given, "createInferRefitter")) return nullptr;
  return static_cast<IRefitter*>(Refitter::create(*static_cast<Engine*>(static_cast<ICudaEngine*>(engine)), given));
}

// For the parser's library beside this one (parser_entry.cpp).
EXPORTED void* enginery_emulated_parser(void* network, void* logger) noexcept {
  auto& given = *static_cast<ILogger*>(logger);
  if (planned_to_fail(given, "createNvOnnxParser")) return nullptr;
  auto& parsed = *static_cast<Network*>(static_cast<INetworkDefinition*>(network));
  return static_cast<IParser*>(new Parser(parsed, given));
}

EXPORTED void* enginery_emulated_parser_refitter(void* refitter, void* logger) noexcept {
  auto& given = *static_cast<ILogger*>(logger);
  if (planned_to_fail(given, "createNvOnnxParserRefitter")) return nullptr;
  auto& refitted = *static_cast<Refitter*>(static_cast<IRefitter*>(refitter));
  return static_cast<IParserRefitter*>(new ParserRefitter(refitted, given));
}
