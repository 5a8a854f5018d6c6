// Builds that between them call all that the bridge calls to build.
#pragma once

#include "core/model_support.h"
#include "fault_fixture.h"

namespace enginery {

class BuildScenarios : public FaultTest {
 protected:
  // How a build ended, and what it left.
  struct Outcome {
    Status status;
    std::string made;
    std::string timing_cache;
  };
  struct Scenario {
    const char* name;
    std::function<Outcome()> run;
  };

  std::vector<Scenario> build_scenarios() const {
    std::vector<Scenario> scenarios{
        {"of bytes", [this] { return build_all(with_model(model_of_all_kinds()), settings()); }},
        {"of a file", [this] { return build_all(with_file(model_of_all_kinds()), file_settings()); }},
        {"of a model that is refused", [this] { return build_all(with_model(refused_model()), {}); }},
        {"for a DLA that is not there",
         [this] {
           return build_all(with_model(model_of_all_kinds()), is_rtx() ? Settings{} : Settings{{"dla.core", "", 0}});
         }},
    };
    if (is("ent10") && !has(100100)) return scenarios;  // it does not tell what it takes
    scenarios.insert(scenarios.end(),
                     {
                         {"support", [this] { return describe(model_of_all_kinds()); }},
                         {"support of a model that is refused", [this] { return describe(refused_model()); }},
                     });
    return scenarios;
  }

 private:
  using Settings = std::vector<BuildSetting>;

  // A setting of each part of the bridge.
  Settings settings() const {
    Settings settings{{"optimizationLevel", "", 5},          {"maxAuxStreams", "", 2},
                      {"profilingVerbosity", "detailed", 0}, {"tf32", "", 0},
                      {"memory.workspace", "", 1 << 20},     {"parserFlags.nativeInstanceNorm", "", 1}};
    const auto add = [&](Settings more) { settings.insert(settings.end(), more.begin(), more.end()); };
    if (is_rtx()) {
      add({{"targets", "sm89", 0}, {"targets", "sm120", 0}});
    } else {
      add({{"hardwareCompatibility", "amperePlus", 0},
           {"pluginsToSerialize", "/nowhere/plugin.so", 0},
           {"tacticSources", "jitConvolutions", 0},
           {"avgTiming", "", 4}});
      if (has(100200)) add({{"runtimePlatform", "windowsAMD64", 0}});
      add({{"previewFeatures", has(100300) ? "aliasedPluginIO1003" : "profileSharing0806", 0}});
      if (has(100400)) add({{"maxTactics", "", 3}});
      if (has(100800)) add({{"tilingOptimizationLevel", "fast", 0}, {"l2LimitForTiling", "", 4096}});
    }
    if (is("ent10")) add({{"weaklyTyped", "", 1}, {"weaklyTyped.precisionConstraints", "obey", 0}});
    if (!is("ent10")) add({{"buildRoute", "fast", 0}});
    return settings;
  }

  Settings file_settings() const {
    Settings settings{{"refit", "", 1}, {"tf32", "", 1}, {"parserFlags.nativeInstanceNorm", "", 0}};
    if (is_rtx()) return settings;
    settings.insert(settings.end(),
                    {{"hardwareCompatibility", "amperePlus", 0}, {"plugins", ENGINERY_TEST_PLUGINS, 0}});
    return settings;
  }

  static std::vector<uint8_t> refused_model() {
    return test::model({test::node("NoSuchOperator", {"x"}, {"y"})}, {test::tensor_value("x", 1, {"4"})},
                       {test::tensor_value("y", 1, {"4"})});
  }

  BuildRequest with_model(std::vector<uint8_t> model) const {
    return build_request(std::move(model), ranges_of_all_kinds());
  }

  BuildRequest with_file(const std::vector<uint8_t>& model) const {
    BuildRequest request = with_model({});
    request.model_path = file_of(model);
    return request;
  }

  Outcome build_all(BuildRequest request, Settings settings) const {
    request.settings = std::move(settings);
    if (!is_rtx()) request.timing_cache = folder_.path / "timing";
    BuildResult result;
    Outcome outcome;
    outcome.status =
        build_engine(request, {[](const BuildProgress&) {}, [](const LogLine&) {}}, std::atomic<bool>(false), result);
    outcome.made = text_of_file(request.output);
    for (const TensorInfo& tensor : outcome.status.ok() ? result.tensors : std::vector<TensorInfo>()) {
      outcome.made += "\n" + tensor.name + " " + tensor.type + " " + std::to_string(tensor.dims.size()) +
                      (tensor.output ? " out" : "") + (tensor.shape_tensor ? " shape" : "");
    }
    outcome.timing_cache = text_of_file(folder_.path / "timing");
    std::filesystem::remove(request.output);
    std::filesystem::remove(folder_.path / "timing");
    return outcome;
  }

  Outcome describe(std::vector<uint8_t> model) const {
    SupportRequest request;
    request.library = emulated(GetParam().library);
    request.parser = emulated(GetParam().parser);
    request.model_bytes = std::move(model);
    SupportResult result;
    Outcome outcome;
    outcome.status = describe_support(request, result);
    if (!outcome.status.ok()) return outcome;
    outcome.made = result.supported ? "supported" : "refused";
    for (const Subgraph& subgraph : result.subgraphs) outcome.made += " " + std::to_string(subgraph.nodes.size());
    for (const ParserError& error : result.errors) outcome.made += "\n" + error.description;
    return outcome;
  }
};

}  // namespace enginery
