// @module-tag emulator
// @module-tag faults
// Every function of the driver and of TensorRT that we call fails once, hangs once, or loses the device: typed errors
// that say what failed, nothing left behind, no other session affected. Which functions those are, the emulator tells.
#include <future>
#include <set>

#include "fault_fixture.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;

constexpr int kOutOfMemory = 2;
constexpr int kLaunchFailed = 719;
constexpr int kUnknown = 999;

// What a stream works on, which fails later than it was asked for.
bool is_work(const std::string& function) { return function == "launch" || function == "copy"; }
bool is_tensorrts(const std::string& function) { return function.starts_with("I") || function.starts_with("create"); }

// A device that cannot be opened is none that is lost.
bool opens_device(const std::string& function) {
  return function == "cuInit" || function == "cuDevicePrimaryCtxRetain" || function.starts_with("cuDeviceGet") ||
         function.starts_with("cuDeviceTotal");
}

// Whether a function of the driver fails so.
bool fits(const std::string& function, int result) {
  if (is_work(function)) return result == kLaunchFailed;
  const bool makes = contains(function, "Alloc") || contains(function, "Create") || contains(function, "Retain");
  return result != kOutOfMemory || makes;
}

class EngineFaultsTest : public FaultTest {
 protected:
  void SetUp() override {
    FaultTest::SetUp();
    if (IsSkipped()) return;
    plan_ = build(model_of_all_kinds(), ranges_of_all_kinds());
    plain_ = build(plain_model(), {{0, "x", false, {0, 4}, {2, 4}, {8, 4}}});
    expected_of_plain_ = expected(plain_model(), {{rows(2)}, {"sum"}, {}});
    for (const int64_t count : kCounts) expected_.push_back(expected(model_of_all_kinds(), all_kinds(count)));
  }

  // Opens an engine, runs it with either profile and growing outputs, keeps its kernels and closes it. The results that
  // there are must be right. What failed is given.
  std::vector<Status> scenario(int32_t device = 0) {
    EngineOptions options = this->options(plan_);
    options.device = device;
    if (is_rtx()) {
      options.runtime_cache = folder_.path / "kernels";
      options.settings = {{"cudaGraphStrategy", "wholeGraph", 0}, {"specializationStrategy", "eager", 0}};
    }
    std::vector<Status> failed;
    std::shared_ptr<EngineRunner> runner;
    const Status opened = EngineRunner::open(options, runner);
    if (!opened.ok()) return {opened};
    for (size_t i = 0; i < kCounts.size(); ++i) {
      const ort::RunResult result = run(*runner, all_kinds(kCounts[i]));
      if (!result.status.ok()) {
        failed.push_back(result.status);
      } else {
        expect_same(result, expected_[i]);
      }
    }
    close(runner);
    run_graphs(device, failed);
    return failed;
  }

  // Runs of the same shapes, which are recorded where TensorRT does not do that itself.
  void run_graphs(int32_t device, std::vector<Status>& failed) {
    EngineOptions options = this->options(plain_);
    options.device = device;
    options.cuda_graphs = !is_rtx();
    std::shared_ptr<EngineRunner> runner;
    const Status opened = EngineRunner::open(options, runner);
    if (!opened.ok()) return failed.push_back(opened);
    for (int i = 0; i < 4; ++i) {
      const ort::RunResult result = run(*runner, {{rows(2)}, {"sum"}, {}});
      result.status.ok() ? expect_same(result, expected_of_plain_) : failed.push_back(result.status);
    }
    close(runner);
  }

  static std::vector<uint8_t> plain_model() {
    return test::model({test::node("Add", {"x", "x"}, {"sum"})}, {test::tensor_value("x", 1, {"batch", "4"})},
                       {test::tensor_value("sum", 1, {"batch", "4"})});
  }

  // As above, within a time, and until the device has been let go.
  std::vector<Status> timely_scenario() {
    emuSet("calls on");
    auto outcome = std::async(std::launch::async, [this] { return scenario(); });
    if (outcome.wait_for(20s) != std::future_status::ready) {
      ADD_FAILURE() << "it hangs";
      std::abort();
    }
    EXPECT_TRUE(wait_for([] { return calls("cuDevicePrimaryCtxRelease") > 0 || text_of(emuLive).empty(); }));
    return outcome.get();
  }

  // A device that is lost tells what it was lost by; TensorRT calls the driver as well, and tells of it in its own
  // words.
  static void expect_named(const Status& status, const std::string& function) {
    const bool other = status.code == "ENGINERY_DEVICE_LOST" || status.code == "ENGINERY_DEVICE_MEMORY" ||
                       contains(status.message, "TensorRT");
    EXPECT_TRUE(other || contains(status.message, function)) << all_of(status);
  }

  std::vector<Call> calls_of_scenario() {
    EXPECT_TRUE(timely_scenario().empty());
    const std::vector<Call> calls = counted_calls();
    emuSet("calls off");
    std::filesystem::remove(folder_.path / "kernels");
    return calls;
  }

  // Everything is given back, and the next session works.
  void expect_recovery(const std::string& allowed_report = "") {
    ASSERT_TRUE(wait_for([] { return text_of(emuLive).empty(); })) << text_of(emuLive);
    std::istringstream reports(take_reports());
    for (std::string line; std::getline(reports, line);) {
      EXPECT_TRUE(!allowed_report.empty() && contains(line, allowed_report)) << line;
    }
    EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
    std::filesystem::remove(folder_.path / "kernels");
    const std::vector<Status> failed = timely_scenario();
    EXPECT_TRUE(failed.empty()) << all_of(failed.front());
    EXPECT_TRUE(wait_for([] { return text_of(emuLive).empty(); })) << text_of(emuLive);
    EXPECT_EQ(take_reports(), "");
  }

  static const std::vector<int64_t> kCounts;
  std::vector<uint8_t> plan_;
  std::vector<ort::RunResult> expected_;
  std::vector<uint8_t> plain_;
  ort::RunResult expected_of_plain_;
};

const std::vector<int64_t> EngineFaultsTest::kCounts{2, 64, 8};

INSTANTIATE_TEST_SUITE_P(Families, EngineFaultsTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(EngineFaultsTest, CallsAllThatTheDriversTableHas) {
  std::set<std::string> uncalled;
#define NAME(name, parameters) #name,
  for (const std::string name : {ENGINERY_CUDA_DESCRIPTION(NAME) ENGINERY_CUDA_EXECUTION(NAME)}) {
#undef NAME
    uncalled.insert(name.substr(0, name.find("_v")));
  }
  for (const Call& call : calls_of_scenario()) uncalled.erase(call.function);
  const std::set<std::string> not_by_runs{"cuDriverGetVersion", "cuGetErrorName", "cuGetErrorString"};
  // TensorRT-RTX records graphs itself.
  const std::set<std::string> of_graphs{"cuGraphDestroy", "cuGraphExecDestroy",   "cuGraphInstantiateWithFlags",
                                        "cuGraphLaunch",  "cuStreamBeginCapture", "cuStreamEndCapture"};
  for (const std::string& function : not_by_runs) EXPECT_EQ(uncalled.erase(function), 1u) << function;
  EXPECT_EQ(uncalled, is_rtx() ? of_graphs : std::set<std::string>{});
}

TEST_P(EngineFaultsTest, EveryFunctionOfTensorRTFails) {
  int failures = 0;
  for (const Call& call : calls_of_scenario()) {
    if (!is_tensorrts(call.function)) continue;
    for (const int nth : some_of(call.count)) {
      SCOPED_TRACE(call.function + " " + std::to_string(nth) + " of " + std::to_string(call.count));
      plan_fault("fail", call.function, nth, "1");
      const std::vector<Status> failed = timely_scenario();
      emuSet("reset");
      EXPECT_LE(failed.size(), 1u) << "only what was hit fails";
      for (const Status& status : failed) {
        ++failures;
        expect_typed(status);
        EXPECT_TRUE(contains(status.message, call.function + ": planned failure")) << all_of(status);
      }
      expect_recovery();
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(failures, 20);
}

TEST_P(EngineFaultsTest, EveryFunctionOfTheDriverFails) {
  const std::vector<Call> calls = calls_of_scenario();
  for (const int result : {kUnknown, kOutOfMemory, kLaunchFailed}) {
    for (const Call& call : calls) {
      if (is_tensorrts(call.function) || !fits(call.function, result)) continue;
      for (const int nth : some_of(call.count)) {
        SCOPED_TRACE(call.function + " " + std::to_string(nth) + " of " + std::to_string(call.count) + ": " +
                     std::to_string(result));
        plan_fault("fail", call.function, nth, std::to_string(result));
        const std::vector<Status> failed = timely_scenario();
        emuSet("reset");
        const bool loses = result == kLaunchFailed && !opens_device(call.function);
        EXPECT_TRUE(result == kLaunchFailed || failed.size() <= 1) << "only what was hit fails";
        for (const Status& status : failed) {
          expect_typed(status);
          expect_named(status, call.function);
          EXPECT_TRUE(!loses || status.code == "ENGINERY_DEVICE_LOST") << all_of(status);
        }
        EXPECT_FALSE(is_work(call.function) && failed.empty());
        // There is nobody to tell, nor to try again.
        if (call.function == "cuDevicePrimaryCtxRelease") cuDevicePrimaryCtxRelease(0);
        expect_recovery("the context is destroyed with this still live in it");
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(EngineFaultsTest, EveryFunctionOfTheDriverHangs) {
  emuSet("devices 3\ndevice 2 cc=8.9");
  int hung_calls = 0;
  for (const Call& call : calls_of_scenario()) {
    if (is_tensorrts(call.function)) continue;
    for (const int32_t device : {0, 2}) {
      SCOPED_TRACE(call.function + " on " + std::to_string(device));
      std::vector<std::shared_ptr<EngineRunner>> others;
      for (const int32_t place : {0, 1}) {
        EngineOptions options = this->options(plan_);
        options.device = place;
        others.push_back(open(options));
        EXPECT_TRUE(run(*others.back(), all_kinds(2)).status.ok());
      }

      plan_fault("hang", call.function, 1);
      auto hung = std::async(std::launch::async, [&] { return scenario(device); });
      EXPECT_TRUE(wait_for([&] { return calls(call.function) > 0 || hung.wait_for(0s) == std::future_status::ready; }));
      // Where device 0 is open already, some are called for whoever closes it.
      if (calls(call.function) == 0) {
        emuSet("reset");
      } else {
        ++hung_calls;
      }
      auto ended = std::async(std::launch::async, [&] {
        for (auto& other : others) {
          expect_same(run(*other, all_kinds(64)), expected_[1]);
          close(other);
        }
      });
      EXPECT_EQ(ended.wait_for(20s), std::future_status::ready) << "others hang as well";
      emuSet("reset");
      ended.get();
      if (hung.wait_for(20s) != std::future_status::ready) std::abort();
      EXPECT_TRUE(hung.get().empty());
      expect_recovery();
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(hung_calls, 40);
}

}  // namespace
}  // namespace enginery
