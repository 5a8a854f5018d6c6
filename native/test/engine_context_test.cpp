// @module-tag emulator
// @module-tag faults
#include "core/engine_context.h"

#include <unistd.h>

#include <atomic>

#include "engine_fixture.h"

namespace enginery {
namespace {

class EngineContextDeathTest : public EngineTest {};

INSTANTIATE_TEST_SUITE_P(Families, EngineContextDeathTest, testing::ValuesIn(kFamilies), family_name);

// TensorRT's context is then left as it is, and logs on. In a process of its own, as it stays alive.
TEST_P(EngineContextDeathTest, LogsWhereTheDriverDoesNotLetItEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto plan = build(test::identity_model(), kRows);
  const auto other_plan =
      build(test::model({test::node("Gather", {"x", "rows"}, {"y"})},
                        {test::tensor_value("x", 1, {"batch", "4"}), test::tensor_value("rows", 7, {"2"})},
                        {test::tensor_value("y", 1, {"2", "4"})}),
            kRows);
  EXPECT_EXIT(
      {
        static std::atomic<int> heard{0};
        EngineOptions logged = options(plan);
        logged.on_log = [](const LogLine& line) { heard += line.severity == Severity::error ? 1 : 0; };
        auto runner = open(logged);
        if (!run(*runner, {{rows(2)}, {"y"}, {}}).status.ok()) _exit(1);
        emuSet("fail cuCtxSetCurrent * 999");
        close(runner);
        emuSet("reset");
        heard = 0;
        // A line that TensorRT logs on a thread of its own goes to everybody.
        auto other = open(options(other_plan));
        run(*other, {{rows(2), int64s("rows", {0, 100})}, {"y"}, {}});
        _exit(heard > 0 ? 3 : 2);
      },
      testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace enginery
