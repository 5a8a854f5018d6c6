// @module-tag emulator
// @module-tag faults
// Every function of the driver and of TensorRT that we call fails once, hangs once, or loses the device: typed errors
// that say what failed, nothing left behind, no other session affected. Which functions those are, the emulator tells.
#include "engine_scenarios.h"

namespace enginery {
namespace {

constexpr int kOutOfMemory = 2;
constexpr int kLaunchFailed = 719;
constexpr int kUnknown = 999;

// What a stream works on, which fails later than it was asked for.
bool is_work(const std::string& function) { return function == "launch" || function == "copy"; }

// A device that cannot be opened is none that is lost.
bool opens_device(const std::string& function) {
  return function == "cuInit" || function == "cuDevicePrimaryCtxRetain" || function.starts_with("cuDeviceGet") ||
         function.starts_with("cuDeviceTotal");
}

// What can leave something behind by failing: it goes with its context.
bool frees(const std::string& function) {
  return contains(function, "Free") || contains(function, "Destroy") || function.starts_with("cuCtx");
}

// Whether a function of the driver fails so.
bool fits(const std::string& function, int result) {
  if (is_work(function)) return result == kLaunchFailed;
  const bool makes = contains(function, "Alloc") || contains(function, "Create") || contains(function, "Retain");
  return result != kOutOfMemory || makes;
}

std::string nth_of(const Call& call, int nth) {
  return call.function + " " + std::to_string(nth) + " of " + std::to_string(call.count);
}

class EngineFaultsTest : public EngineScenarios {
 protected:
  // A device that is lost tells what it was lost by; TensorRT calls the driver as well, and tells of it in its own
  // words.
  static void expect_named(const Status& status, const std::string& function) {
    const bool other = status.code == "ENGINERY_DEVICE_LOST" || status.code == "ENGINERY_DEVICE_MEMORY" ||
                       contains(status.message, "TensorRT");
    EXPECT_TRUE(other || contains(status.message, function)) << all_of(status);
  }

  // Functions of TensorRT whose failure nobody need be told of: what they are for goes on without, and the log has it.
  static std::set<std::string> dispensable() {
    std::set<std::string> functions{
        "IExecutionContext::getOptimizationProfile",  // it is set again
        "IExecutionContext::setProfiler",             // layers have no times
        "IParserRefitter::getNbErrors",               // the log says as much
        "IRefitter::getMissingWeights",               // refitCudaEngine refuses these as well
        "IRefitter::getNamedWeights",                 // one more is named as missing
    };
    // A plan that is cut short is refused a step later; without kernels of before, they are compiled again.
    const std::set<std::string> of_rtx{"IRuntime::getEngineHeaderSize",
                                       "ICudaEngine::createRuntimeConfig",
                                       "IRuntimeConfig::createRuntimeCache",
                                       "IRuntimeCache::deserialize",
                                       "IRuntimeCache::reset",
                                       "IRuntimeCache::serialize",
                                       "IHostMemory::data",
                                       "IHostMemory::size"};
    // What is not allowed is refused; what cannot be recorded as a graph runs without.
    const std::set<std::string> of_enterprise{"IRuntime::setEngineHostCodeAllowed", "IExecutionContext::enqueueV3"};
    for (const std::string& function : is_rtx() ? of_rtx : of_enterprise) functions.insert(function);
    // The narrow values are asked for instead.
    if (is("ent10") && has(101100)) functions.insert("ICudaEngine::getProfileTensorValuesV2");
    return functions;
  }

  // As above, of the driver.
  static std::set<std::string> dispensable_of_the_driver() {
    std::set<std::string> functions{// Nobody waits for what is let go of, and the context takes along what stays.
                                    "cuDevicePrimaryCtxRelease", "cuMemFree", "cuMemFreeHost", "cuStreamSynchronize",
                                    "cuStreamDestroy", "cuEventDestroy", "cuCtxGetCurrent", "cuCtxSetCurrent",
                                    // Asked whether the device is lost, which it is not.
                                    "cuMemGetInfo",
                                    // TensorRT's own calls.
                                    "cuCtxGetDevice", "cuPointerGetAttribute", "cuStreamIsCapturing"};
    const std::set<std::string> of_rtx{"cuInit", "cuDeviceGetCount", "cuDeviceGetAttribute"};  // likewise
    // Without a graph it runs as it did.
    const std::set<std::string> of_graphs{"cuStreamBeginCapture", "cuStreamEndCapture", "cuGraphInstantiateWithFlags",
                                          "cuGraphDestroy",       "cuGraphExecDestroy", "cuMemcpyHtoDAsync",
                                          "cuMemcpyDtoHAsync",    "emuLaunch"};
    for (const std::string& function : is_rtx() ? of_rtx : of_graphs) functions.insert(function);
    return functions;
  }

  std::vector<Status> fail(const Life& scenario, const Call& call, int nth, int result) {
    plan_fault("fail", call.function, nth, std::to_string(result));
    std::vector<Status> failed = timely(scenario);
    emuSet("reset");
    return failed;
  }

  // Everything is given back, or goes with the context.
  void expect_nothing_left(bool may_leave = false) {
    EXPECT_TRUE(wait_for([] { return text_of(emuLive).empty(); })) << text_of(emuLive);
    std::istringstream reports(take_reports());
    for (std::string line; std::getline(reports, line);) {
      EXPECT_TRUE(may_leave && contains(line, "the context is destroyed with this still live in it")) << line;
    }
    EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  }

  // The next session works.
  void expect_recovery(const Life& scenario) {
    const std::vector<Status> failed = timely(scenario);
    EXPECT_TRUE(failed.empty()) << all_of(failed.front());
    expect_nothing_left();
  }
};

INSTANTIATE_TEST_SUITE_P(Families, EngineFaultsTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(EngineFaultsTest, EveryFunctionOfTensorRTFails) {
  std::set<std::string> untold;
  for (const Life& scenario : engine_scenarios()) {
    for (const Call& call : calls_of(scenario)) {
      if (!is_tensorrts(call)) continue;
      for (int nth = 1; nth <= call.count; ++nth) {
        SCOPED_TRACE(scenario.name + (": " + nth_of(call, nth)));
        const std::vector<Status> failed = fail(scenario, call, nth, 1);
        EXPECT_LE(failed.size(), 1u) << "only what was hit fails";
        if (failed.empty()) untold.insert(call.function);
        for (const Status& status : failed) {
          expect_typed(status);
          EXPECT_TRUE(contains(all_of(status), call.function + ": planned failure")) << all_of(status);
        }
        expect_nothing_left();
      }
      expect_recovery(scenario);
      if (HasFailure()) return;
    }
  }
  EXPECT_EQ(untold, dispensable());
}

// Each call of a run once, with an error that says nothing. With one that says what to do, and where weights change,
// the first two calls of a function and the last stand for all: what becomes of an error is decided in one place, and
// those between are made from where these are.
TEST_P(EngineFaultsTest, EveryFunctionOfTheDriverFails) {
  std::set<std::string> untold;
  for (const Life& scenario : engine_scenarios()) {
    const std::vector<Call> calls = calls_of(scenario);
    const bool changes = scenario.name != engine_scenarios().front().name;
    for (const int result : {kUnknown, kOutOfMemory, kLaunchFailed}) {
      for (const Call& call : calls) {
        if (is_tensorrts(call) || !fits(call.function, result)) continue;
        for (int nth = 1; nth <= call.count; ++nth) {
          if ((result != kUnknown || changes) && nth > 2 && nth < call.count) continue;
          SCOPED_TRACE(scenario.name + (": " + nth_of(call, nth) + ": " + std::to_string(result)));
          const std::vector<Status> failed = fail(scenario, call, nth, result);
          const bool loses = result == kLaunchFailed && !opens_device(call.function);
          EXPECT_TRUE(result == kLaunchFailed || failed.size() <= 1) << "only what was hit fails";
          if (failed.empty() && result == kUnknown) untold.insert(call.function);
          for (const Status& status : failed) {
            expect_typed(status);
            expect_named(status, call.function);
            EXPECT_TRUE(!loses || status.code == "ENGINERY_DEVICE_LOST") << all_of(status);
          }
          EXPECT_FALSE(is_work(call.function) && failed.empty());
          // There is nobody to tell, nor to try again.
          if (call.function == "cuDevicePrimaryCtxRelease") cuDevicePrimaryCtxRelease(0);
          expect_nothing_left(frees(call.function));
        }
        expect_recovery(scenario);
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_EQ(untold, dispensable_of_the_driver());
}

TEST_P(EngineFaultsTest, EveryFunctionOfTheDriverHangs) {
  emuSet("devices 3\ndevice 2 cc=8.9");
  int hung_calls = 0;
  const Life scenario = engine_scenarios().front();
  for (const Call& call : calls_of(scenario)) {
    if (is_tensorrts(call)) continue;
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
      auto hung = std::async(std::launch::async, [&] { return runs(device); });
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
      expect_nothing_left();
      expect_recovery(scenario);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(hung_calls, 40);
}

}  // namespace
}  // namespace enginery
