// Builder and parser settings by name. Every setter is read back, because TensorRT-RTX accepts settings it then
// ignores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Applies all settings. A name this family or library version does not have, a value that reads back otherwise, or an
// error logged by the setter is ENGINERY_BRIDGE_SETTING_REFUSED.
int32_t apply_settings(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilderConfig& config,
                       nvonnxparser::IParser& parser);

// For createNetworkV2: strong typing, unless `weaklyTyped` is set where there is a choice.
uint32_t network_flags(const EngineryBridgeBuild& build);

// What follows is apply_settings() in parts.

// All settings of one name: one, or the items of a list.
struct Setting {
  std::string name;
  int64_t number;  // of the first
  std::vector<const char*> items;

  bool on() const { return number != 0; }
  const char* text() const { return items.front(); }
};

struct Target {
  nvinfer1::IBuilderConfig& config;
  nvonnxparser::IParser& parser;
  // Slots newer than the loaded library are not there to be called.
  int32_t library_version;
};

// Whether TensorRT took the setting; nothing for a name that is not this part's.
using Taken = std::optional<bool>;
Taken apply_flag(const Setting& setting, const Target& target);         // flags.cpp
Taken apply_memory_pool(const Setting& setting, const Target& target);  // memory_pools.cpp
Taken apply_tactics(const Setting& setting, const Target& target);      // tactics.cpp
Taken apply_portability(const Setting& setting, const Target& target);  // portability.cpp

// A number that TensorRT takes as an int32_t, where negative ones have no meaning.
bool is_count(int64_t number);

// The value that a table gives to a name.
template <typename Value>
struct Named {
  const char* name;
  Value value;
};
template <typename Value, size_t size>
const Value* find_named(const Named<Value> (&table)[size], const std::string& name) {
  for (const Named<Value>& entry : table) {
    if (name == entry.name) return &entry.value;
  }
  return nullptr;
}

}  // namespace enginery
