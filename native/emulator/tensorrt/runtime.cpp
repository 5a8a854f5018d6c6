#include "emulator/tensorrt/runtime.h"

#include <algorithm>

#include "emulator/tensorrt/validity.h"

namespace enginery::emulator {

Runtime* Runtime::create(ILogger& logger) {
  if (!ENGINERY_ENTERPRISE || usable_driver() != nullptr) return new Runtime(logger);
  logger.log(Severity::kERROR, "CUDA initialization failure with error: 35. Please check your CUDA installation");
  return nullptr;
}

Runtime::~Runtime() {
  if (engines_.any()) breach("IRuntime is destroyed before its ICudaEngine");
}

ICudaEngine* Runtime::make(std::string_view bytes) {
  const Driver* const cuda = usable_driver();
  CUcontext context = nullptr;
  if (cuda != nullptr && cuda->cuCtxGetCurrent(&context) != CUDA_SUCCESS) {
    error("Error Code 1: Cuda Driver (cuCtxGetCurrent)");
    return nullptr;
  }
  if (cuda != nullptr && context == nullptr) {
    breach("IRuntime::deserializeCudaEngine is called with no current CUDA context");
    return nullptr;
  }
  Plan plan;
  const Validity validity = judge(bytes, cuda, host_code_);
  if (validity.diagnostics != 0) return error(validity.reason), nullptr;
  if (!read_plan(bytes, read_plan_header(bytes), plan)) {
    error("Error Code 1: Serialization (the plan is cut short or damaged)");
    return nullptr;
  }
  log(Severity::kINFO, "Loaded engine size: " + std::to_string(bytes.size() >> 20) + " MiB");
  log(Severity::kVERBOSE, "Deserialized " + std::to_string(bytes.size()) + " bytes");
  return Engine::create(logger(), *cuda, context, std::move(plan), engines_);
}

ICudaEngine* Runtime::do_deserializeCudaEngine(const void* bytes, size_t size) noexcept {
  return make({static_cast<const char*>(bytes), size});
}

// The header first, then everything from the start: a reader must be able to seek.
ICudaEngine* Runtime::do_deserializeCudaEngineV2(IStreamReaderV2& reader) noexcept {
  constexpr size_t kPiece = 1 << 20;
  std::string bytes(kPlanHeaderBytes, '\0');
  if (reader.read(bytes.data(), static_cast<int64_t>(bytes.size()), nullptr) != static_cast<int64_t>(bytes.size())) {
    return error("IStreamReaderV2::read gives less than a header"), nullptr;
  }
  if (!reader.seek(0, SeekPosition::kSET)) return error("IStreamReaderV2::seek failed"), nullptr;
  const PlanHeader header = read_plan_header(bytes);
  if (header.fault != PlanHeader::Fault::none) return make(bytes);
  bytes.clear();
  while (bytes.size() < header.size) {
    const size_t before = bytes.size();
    const size_t wanted = std::min<uint64_t>(kPiece, header.size - before);
    bytes.resize(before + wanted);
    const int64_t got = reader.read(bytes.data() + before, static_cast<int64_t>(wanted), nullptr);
    if (got <= 0) return error("IStreamReaderV2::read ends before the plan does"), nullptr;
    bytes.resize(before + static_cast<size_t>(got));
  }
  return make(bytes);
}

#ifdef ENGINERY_FAMILY_RTX
EngineValidity Runtime::do_getEngineValidity(const void* bytes, int64_t size, uint64_t* diagnostics) const noexcept {
  const Validity validity = judge({static_cast<const char*>(bytes), static_cast<size_t>(size)}, usable_driver(), false);
  if (diagnostics != nullptr) *diagnostics = validity.diagnostics;
  return validity.diagnostics == 0 ? EngineValidity::kVALID : EngineValidity::kINVALID;
}
#endif

}  // namespace enginery::emulator
