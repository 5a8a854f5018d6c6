#include "emulator/tensorrt/validity.h"

#include <algorithm>

namespace enginery::emulator {
namespace {

// EngineInvalidityDiagnostics, which only TensorRT-RTX's headers declare.
constexpr uint64_t kVersionMismatch = 1;
constexpr uint64_t kUnsupportedComputeCapability = 2;
constexpr uint64_t kInsufficientMemory = 1 << 4;
constexpr uint64_t kMalformed = 1 << 5;
constexpr uint64_t kCudaError = 1 << 6;

std::string show(const Version& it) {
  return std::to_string(it.major) + "." + std::to_string(it.minor) + "." + std::to_string(it.patch) + "." +
         std::to_string(it.build);
}

bool has_memory(const Driver& driver, uint64_t bytes) {
  size_t available = 0;
  size_t total = 0;
  return driver.cuMemGetInfo_v2(&available, &total) != CUDA_SUCCESS || available >= bytes;
}

}  // namespace

Validity judge(std::string_view bytes, const Driver* driver, bool any_version) {
  const PlanHeader header = read_plan_header(bytes);
  if (header.fault != PlanHeader::Fault::none) {
    return {kMalformed,
            "Error Code 1: Serialization (Serialization assertion magicTagRead == kMAGIC_TAG failed. "
            "Magic tag does not match)"};
  }
  if (header.version.number() != version().number() && !any_version) {
    return {kVersionMismatch, "Error Code 1: Serialization (Version tag does not match. Note: Current Version: " +
                                  show(version()) + ", Serialized Engine Version: " + show(header.version) + ")"};
  }
  if (driver == nullptr) return {kCudaError, "CUDA initialization failure with error: 35"};
  const int32_t device = current_compute_capability(*driver);
  if (std::find(header.targets.begin(), header.targets.end(), device) == header.targets.end()) {
    return {kUnsupportedComputeCapability,
            "Error Code 6: API Usage Error (The engine plan file is not compatible with this device: it was generated "
            "for another compute capability than " +
                std::to_string(device) + ")"};
  }
  if (!ENGINERY_ENTERPRISE && !has_memory(*driver, header.size)) {
    return {kInsufficientMemory, "Error Code 2: OutOfMemory (no memory for the weights of the engine)"};
  }
  return {};
}

}  // namespace enginery::emulator
