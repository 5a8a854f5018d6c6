// What a plan of the emulator holds: NVIDIA's header in front, then the ONNX and what the builder made of its settings.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/tensorrt/version.h"
#include "tensorrt/family.h"

namespace enginery::emulator {

struct PlanTensor {
  std::string name;
  nvinfer1::DataType type{};
  bool output = false;
  bool shape = false;           // its values are shapes: host memory
  bool data_dependent = false;  // its shape depends on values
  std::string alias;            // of an output: the input whose address it must have
  std::vector<int64_t> dims;    // -1 where dynamic
  std::vector<std::string> symbols;
};

// Of one input in one profile: dimensions, or the values of a shape tensor. By OptProfileSelector: min, opt, max.
struct PlanRange {
  std::vector<int64_t> dims[3];
  std::vector<int64_t> values[3];
};
using PlanProfile = std::map<std::string, PlanRange>;

struct Plan {
  std::string name;
  std::vector<PlanTensor> tensors;
  std::vector<PlanProfile> profiles;
  uint64_t flags = 0;  // by number of BuilderFlag
  int32_t verbosity = 0;
  int32_t aux_streams = 0;
  int32_t hardware_compatibility = 0;
  std::string settings;          // of the builder, those that change nothing here: as text
  std::vector<int32_t> targets;  // compute capabilities it runs on: eight at most
  std::string model_path;        // where the model has external data
  std::string model;             // the ONNX

  bool has(nvinfer1::BuilderFlag flag) const { return (flags >> static_cast<uint32_t>(flag) & 1) != 0; }

  // A stripped one, too: kREFIT_IDENTICAL is its default.
  bool refittable() const {
    using nvinfer1::BuilderFlag;
    return has(BuilderFlag::kREFIT) || has(BuilderFlag::kREFIT_IDENTICAL) || has(BuilderFlag::kSTRIP_PLAN);
  }
};

std::string write_plan(const Plan& plan);

// What a plan says before anything of it is read: NVIDIA's header, and behind it the first parts of ours.
struct PlanHeader {
  enum class Fault { none, no_plan, other_product } fault = Fault::none;
  Version version;
  uint64_t size = 0;
  uint64_t checksum = 0;
  std::vector<int32_t> targets;
};

constexpr size_t kPlanHeaderBytes = 28 + 8 + 64;

PlanHeader read_plan_header(std::string_view bytes);

// False where the bytes are cut short or changed. The header must be free of faults.
bool read_plan(std::string_view bytes, const PlanHeader& header, Plan& out);

}  // namespace enginery::emulator
