// @no-feature a part by itself, over no device and no library
// Runs that there is no memory for beside others.
#include <sstream>

#include "queued_runner_fixture.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;

class ShortOfMemoryTest : public QueuedRunnerTest {
 protected:
  // A run that passes the gate, and another that there is no memory for meanwhile.
  std::shared_ptr<enginery::Run> begin_with(const std::string& other) {
    memory_.left = 1;
    submit("a");
    journal_.wait_for("a ");
    const auto run = submit(other);
    wait_for_refusals(1);
    return run;
  }
  void wait_for_refusals(int count) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (memory_.refused < count && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    ASSERT_EQ(memory_.refused, count);
  }
  // What has begun by then. Ends are told late: the next may have begun.
  std::string begun_until(const std::string& last) {
    journal_.open_gate();
    journal_.wait_for(last);
    std::istringstream words(journal_.text());
    std::string begun;
    for (std::string word; words >> word;) {
      if (word.find_first_of(".:") == std::string::npos) begun += word + " ";
    }
    return begun;
  }
};

TEST_F(ShortOfMemoryTest, WaitsForAnotherRunToEndAndUsesWhatThatUsed) {
  begin_with("b");
  submit("c");
  submit("d");
  EXPECT_EQ(begun_until("d. "), "a b c d ");
  EXPECT_EQ(memory_.refused, 1);
}

TEST_F(ShortOfMemoryTest, FailsWhereThereIsTooLittleWithoutTheOthersToo) {
  begin_with("B");
  submit("c");
  EXPECT_EQ(begun_until("c. "), "a c ");
  journal_.wait_for("B:ENGINERY_DEVICE_MEMORY ");
  submit("D");
  journal_.wait_for("D:ENGINERY_DEVICE_MEMORY ");
  submit("e");
  journal_.wait_for("e. ");
}

TEST_F(ShortOfMemoryTest, AtOnceEachMayTakeWhatTheOtherLacks) {
  for (int round = 0; round < 200; ++round) {
    open({2});
    memory_.left = 2;
    const std::string number = std::to_string(round);
    for (const char* name : {"X", "Y", "Z"}) submit(name + number);
    for (const char* name : {"X", "Y", "Z"}) journal_.wait_for(name + number + ". ");
    std::promise<void> closed;
    runner_->close([&] { closed.set_value(); });
    closed.get_future().wait();
    ASSERT_EQ(memory_.left, 2);
  }
  open({2});
}

TEST_F(ShortOfMemoryTest, TakesWhatIsIdle) {
  open({2});
  memory_.left = 2;
  submit("a");
  journal_.wait_for("a ");
  submit("b");
  begun_until("a. ");
  journal_.wait_for("b. ");
  submit("C");
  journal_.wait_for("C. ");
}

TEST_F(ShortOfMemoryTest, CanBeCancelledWhileItWaits) {
  const auto run = begin_with("b");
  std::this_thread::sleep_for(20ms);
  runner_->cancel(*run);
  journal_.wait_for("b:CANCELLED ");
  submit("c");
  EXPECT_EQ(begun_until("c. "), "a c ");
}

TEST_F(ShortOfMemoryTest, RunsBeforeTheSessionIsClosed) {
  begin_with("b");
  runner_->close([this] { journal_.note("closed"); });
  EXPECT_EQ(begun_until("closed"), "a b released 1 closed ");
}

TEST_F(ShortOfMemoryTest, WaitsForExclusiveWorkToo) {
  begin_with("b");
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(exclusively("work"));
  EXPECT_EQ(begun_until("b. "), "a work(1) b ");
}

TEST_F(ShortOfMemoryTest, MakesNoOtherSlotForAWhile) {
  begin_with("b");
  begun_until("b. ");
  int runs = 2;
  const auto run_until = [&](int count) {
    for (; runs < count; ++runs) {
      submit("c" + std::to_string(runs));
      journal_.wait_for("c" + std::to_string(runs) + ". ");
    }
  };
  const auto begin_two = [&](const std::string& number) {
    journal_.open_gate(false);
    submit("a" + number);
    journal_.wait_for("a" + number + " ");
    submit("d" + number);
  };
  run_until(500);
  begin_two("1");
  std::this_thread::sleep_for(20ms);
  begun_until("d1. ");
  EXPECT_EQ(memory_.refused, 1);
  run_until(1100);
  begin_two("2");
  wait_for_refusals(2);
  begun_until("d2. ");
  memory_.left = 1;
  runs = 1100;
  run_until(2200);
  begin_two("3");
  journal_.wait_for("d3. ");  // beside the other
  begun_until("a3. ");
}

TEST_F(ShortOfMemoryTest, TakesAsManyRunsAsBefore) {
  open({2, 0});
  begin_with("b");
  std::this_thread::sleep_for(20ms);
  submit("c");
  journal_.wait_for("c:ENGINERY_BUSY");
  EXPECT_EQ(begun_until("b. "), "a b ");
  submit("d");
  submit("e");
  journal_.wait_for("e. ");
}

}  // namespace
}  // namespace enginery
