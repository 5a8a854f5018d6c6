#include "emulator/tensorrt/inspector.h"

#include <cstdio>

namespace enginery::emulator {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
    out += c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ? escaped : std::string(1, c);
  }
  return out + "\"";
}

template <typename Items, typename Each>
std::string list(const Items& items, Each each) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + each(item);
  return "[" + out + "]";
}

std::string named(const std::string& name) { return "{\"Name\": " + quoted(name) + "}"; }

// Enterprise 10 calls them bindings.
#ifdef ENGINERY_FAMILY_ENT10
constexpr const char* kTensors = "Bindings";
#else
constexpr const char* kTensors = "I/O Tensors";
#endif

}  // namespace

std::string Inspector::layer(size_t index, LayerInformationFormat format) const {
  const OnnxNode& node = core_->graph.nodes[index];
  const bool json = format == LayerInformationFormat::kJSON;
  if (core_->plan.verbosity != static_cast<int32_t>(ProfilingVerbosity::kDETAILED)) {
    return json ? quoted(node.name) : node.name;
  }
  if (!json) return "Name: " + node.name + ", LayerType: " + node.op;
  return "{\"Name\": " + quoted(node.name) + ", \"LayerType\": " + quoted(node.op) +
         ", \"Inputs\": " + list(node.inputs, named) + ", \"Outputs\": " + list(node.outputs, named) + "}";
}

const char* Inspector::do_getLayerInformation(int32_t index, LayerInformationFormat format) const noexcept {
  const auto place = static_cast<size_t>(index);
  if (place >= core_->graph.nodes.size()) return error("getLayerInformation: no such layer"), nullptr;
  text_ = layer(place, format);
  return text_.c_str();
}

const char* Inspector::do_getEngineInformation(LayerInformationFormat format) const noexcept {
  const bool json = format == LayerInformationFormat::kJSON;
  std::string layers;
  for (size_t i = 0; i < core_->graph.nodes.size(); ++i) {
    layers += (i == 0 ? "" : json ? ",\n" : "\n") + layer(i, format);
  }
  if (core_->plan.verbosity == static_cast<int32_t>(ProfilingVerbosity::kNONE)) layers.clear();
  text_ = json ? "{\"Layers\": [" + layers + "],\n\"" + kTensors +
                     "\": " + list(core_->plan.tensors, [](const PlanTensor& it) { return quoted(it.name); }) + "\n}\n"
               : "Layers:\n" + layers + "\n";
  return text_.c_str();
}

}  // namespace enginery::emulator
