// @module-tag emulator
// @module-tag faults
// A process that exits with a session open.
#include <stdlib.h>
#include <unistd.h>

#include "core/running_job.h"
#include "engine_fixture.h"

namespace enginery {
namespace {

// In a process of its own, which begins anew: threads of the emulator's would be missing in a copy of this one.
class EngineExitDeathTest : public EngineTest {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EngineTest::SetUp();
  }

  std::shared_ptr<EngineRunner> open_identity() { return open(options(build(test::identity_model(), kRows))); }

  // With 3 where destructors run.
  static void exit_with_7(bool anything_left) {
    wait_for([=] { return RunningJob::any() == anything_left; });
    std::atexit([] { _exit(3); });
    RunningJob::prepare_for_exit();
    exit(7);
  }
};

// TensorRT-RTX compiles kernels on threads of its own.
TEST_P(EngineExitDeathTest, RunsNoDestructorsUnderALoadedEngine) {
  EXPECT_EXIT(
      {
        const auto runner = open_identity();
        exit_with_7(true);
      },
      testing::ExitedWithCode(7), "");
}

TEST_P(EngineExitDeathTest, RunsNoDestructorsUnderAnEngineThatCouldNotBeFreed) {
  EXPECT_EXIT(
      {
        auto runner = open_identity();
        emuSet("fail cuCtxSetCurrent * 999");
        close(runner);
        emuSet("reset");
        exit_with_7(true);
      },
      testing::ExitedWithCode(7), "");
}

TEST_P(EngineExitDeathTest, IsOrdinaryWhenTheSessionIsClosed) {
  EXPECT_EXIT(
      {
        auto runner = open_identity();
        close(runner);
        exit_with_7(false);
      },
      testing::ExitedWithCode(3), "");
}

INSTANTIATE_TEST_SUITE_P(Families, EngineExitDeathTest, testing::ValuesIn(kFamilies), family_name);

}  // namespace
}  // namespace enginery
