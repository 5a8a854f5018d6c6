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

  // Where destructors run, with 3.
  void open_and_exit(bool close_before) {
    auto runner = open(options(build(test::identity_model(), kRows)));
    if (close_before) close(runner);
    wait_for([=] { return RunningJob::any() != close_before; });
    std::atexit([] { _exit(3); });
    RunningJob::prepare_for_exit();
    exit(7);
  }
};

// TensorRT-RTX compiles kernels on threads of its own.
TEST_P(EngineExitDeathTest, RunsNoDestructorsUnderALoadedEngine) {
  EXPECT_EXIT(open_and_exit(false), testing::ExitedWithCode(7), "");
}

TEST_P(EngineExitDeathTest, IsOrdinaryWhenTheSessionIsClosed) {
  EXPECT_EXIT(open_and_exit(true), testing::ExitedWithCode(3), "");
}

INSTANTIATE_TEST_SUITE_P(All, EngineExitDeathTest, testing::ValuesIn(kFamilies),
                         [](const auto& it) { return it.param.name; });

}  // namespace
}  // namespace enginery
