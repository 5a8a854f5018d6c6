// The families of TensorRT that are emulated: a test of each.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace enginery {

struct Family {
  const char* name;
  const char* library;
  const char* parser;
};

constexpr Family kFamilies[] = {
    {"rtx", "rtx/libtensorrt_rtx.so.1", "rtx/libtensorrt_onnxparser_rtx.so.1"},
    {"ent11", "ent11/libnvinfer.so.11", "ent11/libnvonnxparser.so.11"},
    {"ent10", "ent10/libnvinfer.so.10", "ent10/libnvonnxparser.so.10"},
};

// How GoogleTest writes the parameter of a test.
inline void PrintTo(const Family& it, std::ostream* out) { *out << it.name; }

inline std::string family_name(const testing::TestParamInfo<Family>& it) { return it.param.name; }

// Takes the emulator's folder from the macro ENGINERY_TEST_EMULATOR.
inline std::string emulated(const std::string& file) { return std::string(ENGINERY_TEST_EMULATOR) + "/" + file; }

}  // namespace enginery
