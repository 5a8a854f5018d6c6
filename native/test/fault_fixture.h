// Functions that fail once, each in its turn: which are called, the emulator tells.
//
// Takes the path of the registry of errors from the macro ENGINERY_TEST_ERRORS.
#pragma once

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

// What a status tells, its log included.
inline std::string all_of(const Status& status) {
  std::string text = status.code + ": " + status.message + "\n";
  for (const LogLine& line : status.log) text += line.message + "\n";
  return text;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Of many calls of one function the first few and the last stand for all.
inline std::vector<int> some_of(int count) {
  std::vector<int> some;
  for (int nth = 1; nth <= count; ++nth) {
    if (nth <= 2 || nth == count) some.push_back(nth);
  }
  return some;
}

inline void plan_fault(const std::string& kind, const std::string& function, int nth, const std::string& rest = "") {
  emuSet(("reset\ncalls on\n" + kind + " " + function + " " + std::to_string(nth) + " " + rest).c_str());
}

class FaultTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    std::ifstream registry(ENGINERY_TEST_ERRORS);
    errors_.assign(std::istreambuf_iterator<char>(registry), {});
    ASSERT_TRUE(contains(errors_, "'ENGINERY_DEVICE_LOST'"));
  }

  void expect_typed(const Status& status) {
    EXPECT_TRUE(contains(errors_, "'" + status.code + "'")) << all_of(status);
    EXPECT_GT(status.message.size(), 10u) << all_of(status);
  }

 private:
  std::string errors_;  // the registry's text
};

}  // namespace enginery
