#include "tensorrt/validity.h"

#include <string>

namespace enginery {

#ifdef ENGINERY_FAMILY_RTX
namespace {

using nvinfer1::EngineInvalidityDiagnostics;
using nvinfer1::EngineValidity;

struct Reason {
  EngineInvalidityDiagnostics bit;
  const char* text;
};

constexpr Reason kReasons[] = {
    {EngineInvalidityDiagnostics::kVERSION_MISMATCH, "it was built by another version of TensorRT-RTX"},
    {EngineInvalidityDiagnostics::kUNSUPPORTED_CC, "it was not built for the compute capability of this GPU"},
    {EngineInvalidityDiagnostics::kOLD_CUDA_DRIVER, "the CUDA driver is older than the one it was built with"},
    {EngineInvalidityDiagnostics::kOLD_CUDA_RUNTIME, "the CUDA runtime is older than the one it was built with"},
    {EngineInvalidityDiagnostics::kINSUFFICIENT_GPU_MEMORY, "the GPU has no memory for its weights"},
    {EngineInvalidityDiagnostics::kMALFORMED_ENGINE, "it is no plan of TensorRT-RTX, or damaged"},
    {EngineInvalidityDiagnostics::kCUDA_ERROR, "there is no CUDA driver that works"},
};

}  // namespace

bool is_valid(Operation& operation, const nvinfer1::IRuntime& runtime, const EngineryBridgePlan& plan) {
  const auto size = static_cast<int64_t>(plan.size);
  if (size < runtime.getEngineHeaderSize()) {
    operation.error("The plan is cut short: it has " + std::to_string(size) + " bytes");
    return false;
  }
  const int errors = operation.errors;
  uint64_t diagnostics = 0;
  const EngineValidity validity = runtime.getEngineValidity(plan.data, size, &diagnostics);
  if (validity == EngineValidity::kSUBOPTIMAL) operation.warn("The plan is slower on this GPU than one built for it");
  if (validity != EngineValidity::kINVALID) return true;
  for (const Reason& reason : kReasons) {
    if ((diagnostics & static_cast<uint64_t>(reason.bit)) == 0) continue;
    operation.error(std::string("TensorRT-RTX does not take the plan: ") + reason.text);
  }
  // Without a driver there is no diagnosis, but a line of TensorRT's own.
  if (diagnostics == 0 && operation.errors == errors) {
    operation.error("TensorRT-RTX does not take the plan, and does not say why");
  }
  return false;
}
#else
bool is_valid(Operation&, const nvinfer1::IRuntime&, const EngineryBridgePlan&) { return true; }
#endif

}  // namespace enginery
