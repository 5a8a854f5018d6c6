#include "tensorrt/validity.h"

#include <string>

namespace enginery {

#ifdef ENGINERY_FAMILY_RTX
namespace {

using nvinfer1::EngineInvalidityDiagnostics;
using nvinfer1::EngineValidity;

struct Reason {
  EngineInvalidityDiagnostics bit;
  int32_t status;
  const char* text;
};

// Of several the first counts: where CUDA does not work nothing else is known, and a plan that does not fit needs no
// memory.
constexpr Reason kReasons[] = {
    {EngineInvalidityDiagnostics::kCUDA_ERROR, ENGINERY_BRIDGE_NO_RUNTIME, "there is no CUDA driver that works"},
    {EngineInvalidityDiagnostics::kMALFORMED_ENGINE, ENGINERY_BRIDGE_NO_ENGINE,
     "it is no plan of TensorRT-RTX, or damaged"},
    {EngineInvalidityDiagnostics::kVERSION_MISMATCH, ENGINERY_BRIDGE_NO_ENGINE,
     "it was built by another version of TensorRT-RTX"},
    {EngineInvalidityDiagnostics::kUNSUPPORTED_CC, ENGINERY_BRIDGE_NO_ENGINE,
     "it was not built for the compute capability of this GPU"},
    {EngineInvalidityDiagnostics::kOLD_CUDA_DRIVER, ENGINERY_BRIDGE_NO_ENGINE,
     "the CUDA driver is older than the one it was built with"},
    {EngineInvalidityDiagnostics::kOLD_CUDA_RUNTIME, ENGINERY_BRIDGE_NO_ENGINE,
     "the CUDA runtime is older than the one it was built with"},
    {EngineInvalidityDiagnostics::kINSUFFICIENT_GPU_MEMORY, ENGINERY_BRIDGE_NO_MEMORY,
     "the GPU has no memory for its weights"},
};

}  // namespace

int32_t check_validity(Operation& operation, const nvinfer1::IRuntime& runtime, const EngineryBridgePlan& plan) {
  const auto size = static_cast<int64_t>(plan.size);
  if (size < runtime.getEngineHeaderSize()) {
    operation.error("The plan is cut short: it has " + std::to_string(size) + " bytes");
    return ENGINERY_BRIDGE_NO_ENGINE;
  }
  const int errors = operation.errors;
  uint64_t diagnostics = 0;
  const EngineValidity validity = runtime.getEngineValidity(plan.data, size, &diagnostics);
  if (validity == EngineValidity::kSUBOPTIMAL) operation.warn("The plan is slower on this GPU than one built for it");
  if (validity != EngineValidity::kINVALID) return ENGINERY_BRIDGE_OK;
  int32_t status = ENGINERY_BRIDGE_OK;
  for (const Reason& reason : kReasons) {
    if ((diagnostics & static_cast<uint64_t>(reason.bit)) == 0) continue;
    operation.error(std::string("TensorRT-RTX does not take the plan: ") + reason.text);
    if (status == ENGINERY_BRIDGE_OK) status = reason.status;
  }
  if (status != ENGINERY_BRIDGE_OK) return status;
  // Without a driver there is no diagnosis, but a line of TensorRT's own.
  const bool said = operation.errors != errors;
  if (said && diagnostics == 0) return ENGINERY_BRIDGE_NO_RUNTIME;
  if (!said) operation.error("TensorRT-RTX does not take the plan, and does not say why");
  return ENGINERY_BRIDGE_NO_ENGINE;
}
#else
int32_t check_validity(Operation&, const nvinfer1::IRuntime&, const EngineryBridgePlan&) { return ENGINERY_BRIDGE_OK; }
#endif

}  // namespace enginery
