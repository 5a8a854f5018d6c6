// Settings that are switches of the builder or the parser.
#include "tensorrt/settings.h"

namespace enginery {
namespace {

using nvinfer1::BuilderFlag;
using nvonnxparser::OnnxParserFlag;

constexpr Named<BuilderFlag> kBuilderFlags[] = {
    {"tf32", BuilderFlag::kTF32},
    {"refit", BuilderFlag::kREFIT},
    {"stripPlan", BuilderFlag::kSTRIP_PLAN},
#if ENGINERY_ENTERPRISE
    {"refitIdentical", BuilderFlag::kREFIT_IDENTICAL},
    {"refitIndividual", BuilderFlag::kREFIT_INDIVIDUAL},
    {"versionCompatible", BuilderFlag::kVERSION_COMPATIBLE},
    {"excludeLeanRuntime", BuilderFlag::kEXCLUDE_LEAN_RUNTIME},
    {"editableTimingCache", BuilderFlag::kEDITABLE_TIMING_CACHE},
    {"errorOnTimingCacheMiss", BuilderFlag::kERROR_ON_TIMING_CACHE_MISS},
    {"disableTimingCache", BuilderFlag::kDISABLE_TIMING_CACHE},
    {"disableCompilationCache", BuilderFlag::kDISABLE_COMPILATION_CACHE},
    {"weightStreaming", BuilderFlag::kWEIGHT_STREAMING},
    {"sparseWeights", BuilderFlag::kSPARSE_WEIGHTS},
    {"strictNaNs", BuilderFlag::kSTRICT_NANS},
    {"monitorMemory", BuilderFlag::kMONITOR_MEMORY},
    {"debug", BuilderFlag::kDEBUG},
    {"directIO", BuilderFlag::kDIRECT_IO},
    {"distributiveIndependence", BuilderFlag::kDISTRIBUTIVE_INDEPENDENCE},
    {"dla.gpuFallback", BuilderFlag::kGPU_FALLBACK},
#endif
#ifdef ENGINERY_FAMILY_ENT10
    {"weaklyTyped.fp16", BuilderFlag::kFP16},
    {"weaklyTyped.bf16", BuilderFlag::kBF16},
    {"weaklyTyped.int8", BuilderFlag::kINT8},
    {"weaklyTyped.fp8", BuilderFlag::kFP8},
    {"weaklyTyped.int4", BuilderFlag::kINT4},
#endif
};

constexpr Named<OnnxParserFlag> kParserFlags[] = {
    {"parserFlags.nativeInstanceNorm", OnnxParserFlag::kNATIVE_INSTANCENORM},
#if ENGINERY_ENTERPRISE
    {"parserFlags.enablePluginOverride", OnnxParserFlag::kENABLE_PLUGIN_OVERRIDE},
    {"parserFlags.uint8AsymmetricQuantizationDLA", OnnxParserFlag::kENABLE_UINT8_AND_ASYMMETRIC_QUANTIZATION_DLA},
    {"parserFlags.reportCapabilityDLA", OnnxParserFlag::kREPORT_CAPABILITY_DLA},
    {"parserFlags.adjustForDLA", OnnxParserFlag::kADJUST_FOR_DLA},
#endif
};

#ifdef ENGINERY_FAMILY_ENT10
bool precision_constraints(nvinfer1::IBuilderConfig& config, const std::string& wanted) {
  constexpr auto obey = BuilderFlag::kOBEY_PRECISION_CONSTRAINTS;
  constexpr auto prefer = BuilderFlag::kPREFER_PRECISION_CONSTRAINTS;
  if (wanted != "none" && wanted != "obey" && wanted != "prefer") return false;
  config.clearFlag(obey);
  config.clearFlag(prefer);
  if (wanted != "none") config.setFlag(wanted == "obey" ? obey : prefer);
  return config.getFlag(obey) == (wanted == "obey") && config.getFlag(prefer) == (wanted == "prefer");
}
#endif

}  // namespace

Taken apply_flag(const Setting& setting, const Target& target) {
  if (const BuilderFlag* flag = find_named(kBuilderFlags, setting.name)) {
    setting.on() ? target.config.setFlag(*flag) : target.config.clearFlag(*flag);
    return target.config.getFlag(*flag) == setting.on();
  }
  if (const OnnxParserFlag* flag = find_named(kParserFlags, setting.name)) {
    setting.on() ? target.parser.setFlag(*flag) : target.parser.clearFlag(*flag);
    return target.parser.getFlag(*flag) == setting.on();
  }
#ifdef ENGINERY_FAMILY_ENT10
  if (setting.name == "weaklyTyped.precisionConstraints") return precision_constraints(target.config, setting.text());
#endif
  return std::nullopt;
}

}  // namespace enginery
