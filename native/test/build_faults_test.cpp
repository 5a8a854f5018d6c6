// @module-tag emulator
// @module-tag build
// @module-tag faults
// Every function of TensorRT that a build calls fails once: typed errors that say what failed, no broken plan, nothing
// left behind. Which functions those are, the emulator tells.
#include "build_scenarios.h"

namespace enginery {
namespace {

class BuildFaultsTest : public BuildScenarios {
 protected:
  // Gives whether it was told.
  bool fail(const Scenario& scenario, const Outcome& good, const Call& call, int nth) {
    plan_fault("fail", call.function, nth, "1");
    const Outcome outcome = scenario.run();
    emuSet("reset");
    EXPECT_EQ(text_of(emuLive), "");
    EXPECT_EQ(take_reports(), "");
    const bool told = all_of(outcome.status) != all_of(good.status);
    if (!told) {
      EXPECT_TRUE(outcome.made == good.made) << "another plan";
      EXPECT_TRUE(outcome.timing_cache.empty() || outcome.timing_cache == good.timing_cache) << outcome.timing_cache;
    } else {
      expect_typed(outcome.status);
      // TensorRT calls the driver, and tells of it in its own words.
      EXPECT_TRUE(contains(all_of(outcome.status), call.function) || !is_tensorrts(call)) << all_of(outcome.status);
      EXPECT_EQ(outcome.made, "");
    }
    return told;
  }

  // Functions whose failure nobody need be told of: the plan is the same, and the log has it.
  static std::set<std::string> dispensable() {
    std::set<std::string> functions{"IBuilderConfig::setProgressMonitor"};  // no progress is shown
    // A model that is taken whole has none. TensorRT 10.0 is not asked for its support.
    if (!is("ent10") || has(100100)) functions.insert("IParser::getNbErrors");
    // Without a timing cache a build takes longer; a plan that is not to be had is told of.
    const std::set<std::string> of_timing_caches{"IBuilderConfig::createTimingCache",
                                                 "IBuilderConfig::getTimingCache",
                                                 "IBuilderConfig::setTimingCache",
                                                 "ITimingCache::combine",
                                                 "ITimingCache::serialize",
                                                 "IHostMemory::data",
                                                 "IHostMemory::size"};
    if (!is_rtx()) functions.insert(of_timing_caches.begin(), of_timing_caches.end());
    if (is("ent10")) functions.insert("INetworkDefinition::getFlag");  // the emulator's own call
    return functions;
  }
};

INSTANTIATE_TEST_SUITE_P(Families, BuildFaultsTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(BuildFaultsTest, EveryFunctionFails) {
  std::set<std::string> untold;
  for (const Scenario& scenario : build_scenarios()) {
    emuSet("calls on");
    const Outcome good = scenario.run();
    for (const Call& call : counted_calls()) {
      for (int nth = 1; nth <= call.count; ++nth) {
        SCOPED_TRACE(std::string(scenario.name) + ": " + call.function + " " + std::to_string(nth) + " of " +
                     std::to_string(call.count));
        if (!fail(scenario, good, call, nth) && is_tensorrts(call)) untold.insert(call.function);
      }
    }
    const Outcome again = scenario.run();
    EXPECT_EQ(all_of(again.status), all_of(good.status));
    EXPECT_TRUE(again.made == good.made) << "another plan";
  }
  EXPECT_EQ(untold, dispensable());
}

}  // namespace
}  // namespace enginery
