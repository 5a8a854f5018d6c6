// Functions that fail once, each in its turn: which are called, the emulator tells.
//
// Takes the path of the registry of errors from the macro ENGINERY_TEST_ERRORS.
#pragma once

#include <set>
#include <sstream>

#include "engine_fixture.h"

namespace enginery {

struct Call {
  std::string function;
  int count;
};

inline std::vector<Call> counted_calls() {
  std::vector<Call> calls;
  std::istringstream lines(text_of(emuCalls));
  for (Call call; lines >> call.function >> call.count;) calls.push_back(call);
  return calls;
}

// Of TensorRT's functions; the others are the driver's, and what streams run.
inline bool is_tensorrts(const Call& call) {
  return call.function.starts_with("I") || call.function.starts_with("create");
}

inline std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a status tells, its log included.
inline std::string all_of(const Status& status) {
  std::string text = status.code + ": " + status.message + "\n";
  for (const LogLine& line : status.log) text += line.message + "\n";
  return text;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline void plan_fault(const std::string& kind, const std::string& function, int nth, const std::string& rest = "") {
  emuSet(("reset\ncalls on\n" + kind + " " + function + " " + std::to_string(nth) + " " + rest).c_str());
}

class FaultTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    errors_ = text_of_file(ENGINERY_TEST_ERRORS);
    ASSERT_TRUE(contains(errors_, "'ENGINERY_DEVICE_LOST'"));
  }

  std::string file_of(const std::vector<uint8_t>& model) const {
    const std::string path = folder_.path / "model.onnx";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(model.data()), static_cast<std::streamsize>(model.size()));
    return path;
  }

  void expect_typed(const Status& status) {
    EXPECT_TRUE(contains(errors_, "'" + status.code + "'")) << all_of(status);
    EXPECT_GT(status.message.size(), 10u) << all_of(status);
  }

 private:
  std::string errors_;  // the registry's text
};

}  // namespace enginery
