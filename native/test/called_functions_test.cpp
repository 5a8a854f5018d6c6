// That the scenarios whose functions fail, each once, call all that we call of the driver and of TensorRT.
#include <regex>

#include "engine_scenarios.h"

namespace enginery {
namespace {

using Names = std::set<std::string>;

// What the bridge's sources call through a pointer or a reference, of whatever class: "getName".
Names called_in_sources() {
  static const std::regex kComment("//[^\n]*");
  static const std::regex kMethod(R"((?:->|\.)(\w+)\()");
  static const std::regex kEntry(R"re("(create\w+)_INTERNAL")re");
  Names names;
  for (const auto& file : std::filesystem::directory_iterator(ENGINERY_TEST_BRIDGE)) {
    const std::string text = std::regex_replace(text_of_file(file.path()), kComment, "");
    for (const std::regex& pattern : {kMethod, kEntry}) {
      for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) names.insert((*it)[1]);
    }
  }
  return names;
}

class CalledFunctionsTest : public EngineScenarios {
 protected:
  // What the family has, by its headers: "ICudaEngine::getName".
  static Names known_of(const std::string& family) {
    static const std::regex kFunction(R"re(Call call\(\*this, "(\w+::\w+)", (\d+)\))re");
    const std::string text = text_of_file(std::string(ENGINERY_TEST_CALLS) + "/" + family + "/calls.h");
    Names names{"createInferBuilder", "createInferRuntime", "createInferRefitter", "createNvOnnxParser",
                "createNvOnnxParserRefitter"};
    for (std::sregex_iterator it(text.begin(), text.end(), kFunction), end; it != end; ++it) {
      if (has(std::stoi((*it)[2]))) names.insert((*it)[1]);
    }
    return names;
  }

  Names called() {
    Names names;
    for (const auto& scenario : build_scenarios()) {
      emuSet("calls on");
      scenario.run();
      for (const Call& call : counted_calls()) names.insert(call.function);
    }
    for (const auto& scenario : engine_scenarios()) {
      for (const Call& call : calls_of(scenario)) names.insert(call.function);
    }
    return names;
  }
};

INSTANTIATE_TEST_SUITE_P(Families, CalledFunctionsTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(CalledFunctionsTest, AreAllThatTheBridgeCallsOfTensorRT) {
  const Names in_sources = called_in_sources();
  Names uncalled;
  for (const std::string& function : known_of(GetParam().name)) {
    if (in_sources.contains(function.substr(function.find("::") == std::string::npos ? 0 : function.find("::") + 2))) {
      uncalled.insert(function);
    }
  }
  ASSERT_TRUE(uncalled.contains("IExecutionContext::enqueueV3"));
  for (const std::string& function : called()) uncalled.erase(function);
  if (is_rtx()) {
    // What TensorRT 11 has as well, it is called there; some of it only there.
    for (const std::string& function : known_of("ent11")) uncalled.erase(function);
    EXPECT_EQ(uncalled, Names{});
    return;
  }
  // We call another interface's function of that name.
  Names others{"IBuilder::reset",
               "IBuilderConfig::getNbOptimizationProfiles",
               "IBuilderConfig::reset",
               "ICudaEngine::getHardwareCompatibilityLevel",
               "ICudaEngine::getProfilingVerbosity",
               "ICudaEngine::getTacticSources",
               "ICudaEngine::serialize",
               "IExecutionContext::getName",
               "INetworkDefinition::getName",
               "IOptimizationProfile::getDimensions",
               "IRuntime::getDLACore",
               "IRuntime::setDLACore",
               "ITensor::setDimensions",
               "ITimingCache::reset"};
  if (is("ent11")) others.insert("INetworkDefinition::getFlag");
  if (!has(100100)) others.insert("ICudaEngine::getStreamableWeightsSize");  // no budget is taken
  // TensorRT-RTX alone has strategies for it to take.
  if (has(101100)) others.insert("ICudaEngine::createRuntimeConfig");
  // Called where there is no newer one: this test runs with 10.0 as well.
  if (is("ent10") && has(101100)) {
    others.insert({"ICudaEngine::getDeviceMemorySize", "ICudaEngine::getProfileTensorValues",
                   "IOptimizationProfile::setShapeValues"});
  }
  EXPECT_EQ(uncalled, others);
}

TEST_P(CalledFunctionsTest, AreAllThatTheDriversTableHas) {
  Names uncalled;
#define NAME(name, parameters) #name,
  for (const std::string name : {ENGINERY_CUDA_DESCRIPTION(NAME) ENGINERY_CUDA_EXECUTION(NAME)}) {
#undef NAME
    uncalled.insert(name.substr(0, name.find("_v")));
  }
  for (const std::string& function : called()) uncalled.erase(function);
  // They describe drivers and errors: cuda_device_faults_test.cpp fails these.
  for (const std::string function : {"cuDriverGetVersion", "cuGetErrorName", "cuGetErrorString"}) {
    EXPECT_EQ(uncalled.erase(function), 1u) << function;
  }
  // TensorRT-RTX records graphs itself.
  const Names of_graphs{"cuGraphDestroy", "cuGraphExecDestroy",   "cuGraphInstantiateWithFlags",
                        "cuGraphLaunch",  "cuStreamBeginCapture", "cuStreamEndCapture"};
  EXPECT_EQ(uncalled, is_rtx() ? of_graphs : Names{});
}

}  // namespace
}  // namespace enginery
