// Lives of sessions that between them call all that the core calls of the driver, and the bridge of TensorRT to run
// engines.
#pragma once

#include <future>

#include "build_scenarios.h"

namespace enginery {

using namespace std::chrono_literals;

class EngineScenarios : public BuildScenarios {
 protected:
  // Gives what failed. The results that there are must be right.
  struct Life {
    std::string name;
    std::function<std::vector<Status>()> run;
  };

  void SetUp() override {
    BuildScenarios::SetUp();
    if (IsSkipped()) return;
    plan_ = build(model_of_all_kinds(), ranges_of_all_kinds());
    plain_ = build(plain_model(), few_rows());
    refittable_ = build(test::scaling_model(2), few_rows(), refittable_settings());
    expected_of_plain_ = expected(plain_model(), {{rows(2)}, {"sum"}, {}});
    for (const int64_t count : kCounts) expected_.push_back(expected(model_of_all_kinds(), all_kinds(count)));
    for (const float factor : {2.0F, 3.0F}) scaled_.push_back(expected(test::scaling_model(factor), scaling()));
  }

  std::vector<Life> engine_scenarios() {
    return {{"runs", [this] { return runs(); }}, {"weights and layers", [this] { return weights_and_layers(); }}};
  }

  // Opens an engine, runs it with either profile and growing outputs, keeps its kernels and closes it; and another, for
  // CUDA graphs.
  std::vector<Status> runs(int32_t device = 0) {
    std::filesystem::remove(kernels());
    EngineOptions options = this->options(plan_);
    options.device = device;
    if (is_rtx()) {
      options.runtime_cache = kernels();
      options.settings = {{"cudaGraphStrategy", "wholeGraph", 0}, {"specializationStrategy", "eager", 0}};
    }
    std::vector<Status> failed;
    std::shared_ptr<EngineRunner> runner;
    const Status opened = EngineRunner::open(options, runner);
    if (!opened.ok()) return {opened};
    for (size_t i = 0; i < kCounts.size(); ++i) check(run(*runner, all_kinds(kCounts[i])), expected_[i], failed);
    close(runner);
    run_graphs(device, failed);
    return failed;
  }

  // Opens an engine for less memory than its weights take, gives it other weights, asks what its layers are and what
  // they take; twice, as kernels of before are damaged or of use.
  std::vector<Status> weights_and_layers() {
    std::ofstream(kernels()) << "damaged";
    std::vector<Status> failed;
    for (int i = 0; i < 2; ++i) {
      EngineOptions options = this->options(refittable_);
      options.parser = emulated(GetParam().parser);
      options.layer_times = std::make_shared<LayerTimes>();
      if (is_rtx()) options.runtime_cache = kernels();
      if (streams_weights()) options.weight_budget = ENGINERY_BRIDGE_AUTOMATIC_BUDGET;
      std::shared_ptr<EngineRunner> runner;
      const Status opened = EngineRunner::open(options, runner);
      if (!opened.ok()) {
        failed.push_back(opened);
        continue;
      }
      check(run(*runner, scaling()), scaled_[0], failed);
      refit(*runner, failed);
      check(run(*runner, scaling()), scaled_[1], failed);
      std::string json;
      const Status inspected = exclusively(*runner, [&](const auto& idle) { return runner->inspect(idle, json); });
      if (!inspected.ok()) failed.push_back(inspected);
      EXPECT_EQ(contains(json, "node_y"), inspected.ok()) << json;
      close(runner);
    }
    return failed;
  }

  // Within a time, and until the device has been let go.
  std::vector<Status> timely(const Life& scenario) {
    emuSet("calls on");
    auto outcome = std::async(std::launch::async, scenario.run);
    if (outcome.wait_for(20s) != std::future_status::ready) {
      ADD_FAILURE() << "it hangs";
      std::abort();
    }
    EXPECT_TRUE(wait_for([] { return calls("cuDevicePrimaryCtxRelease") > 0 || text_of(emuLive).empty(); }));
    return outcome.get();
  }

  std::vector<Call> calls_of(const Life& scenario) {
    EXPECT_TRUE(timely(scenario).empty());
    const std::vector<Call> calls = counted_calls();
    emuSet("calls off");
    return calls;
  }

  static const std::vector<int64_t> kCounts;
  std::vector<uint8_t> plan_;
  std::vector<ort::RunResult> expected_;

 private:
  std::string kernels() const { return folder_.path / "kernels"; }

  static std::vector<BuildRange> few_rows() { return {{0, "x", false, {0, 4}, {2, 4}, {8, 4}}}; }
  static ort::RunRequest scaling() { return {{rows(2)}, {"y"}, {}}; }
  static std::vector<uint8_t> plain_model() {
    return test::model({test::node("Add", {"x", "x"}, {"sum"})}, {test::tensor_value("x", 1, {"batch", "4"})},
                       {test::tensor_value("sum", 1, {"batch", "4"})});
  }
  std::vector<BuildSetting> refittable_settings() const {
    std::vector<BuildSetting> settings{{"refit", "", 1}};
    if (streams_weights()) settings.push_back({"weightStreaming", "", 1});
    return settings;
  }

  static void check(const ort::RunResult& result, const ort::RunResult& expected, std::vector<Status>& failed) {
    result.status.ok() ? expect_same(result, expected) : failed.push_back(result.status);
  }

  // Runs of the same shapes, which are recorded where TensorRT does not do that itself.
  void run_graphs(int32_t device, std::vector<Status>& failed) {
    EngineOptions options = this->options(plain_);
    options.device = device;
    options.cuda_graphs = !is_rtx();
    std::shared_ptr<EngineRunner> runner;
    const Status opened = EngineRunner::open(options, runner);
    if (!opened.ok()) return failed.push_back(opened);
    for (int i = 0; i < 4; ++i) check(run(*runner, {{rows(2)}, {"sum"}, {}}), expected_of_plain_, failed);
    close(runner);
  }

  template <typename Work>
  static Status exclusively(EngineRunner& runner, Work work) {
    std::promise<Status> ended;
    EXPECT_TRUE(runner.exclusively([&](const QueuedRunner::Idle& idle) { ended.set_value(work(idle)); }));
    return ended.get_future().get();
  }

  // From a model that does not fit, from memory and from a file: in the end the weight is 3. What fails is tried again.
  void refit(EngineRunner& runner, std::vector<Status>& failed) {
    const auto take = [&](const RefitModel& model) {
      return exclusively(runner, [&](const auto&) { return runner.refit(model); });
    };
    const Status refused = take({"", test::identity_model()});
    EXPECT_FALSE(refused.ok());
    if (contains(all_of(refused), "planned failure")) failed.push_back(refused);
    const std::vector<uint8_t> model = test::scaling_model(3);
    const std::string path = file_of(model);
    for (const RefitModel& from : {RefitModel{"", test::scaling_model(5)}, RefitModel{path, {}}}) {
      const Status status = take(from);
      if (status.ok()) continue;
      failed.push_back(status);
      if (status.code == "ENGINERY_DEVICE_LOST") return;
      const Status again = take(from);
      EXPECT_TRUE(again.ok()) << all_of(again);
    }
  }

  std::vector<uint8_t> plain_;
  std::vector<uint8_t> refittable_;
  ort::RunResult expected_of_plain_;
  std::vector<ort::RunResult> scaled_;
};

inline const std::vector<int64_t> EngineScenarios::kCounts{2, 64, 8};

}  // namespace enginery
