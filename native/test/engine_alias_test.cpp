// @module-tag emulator
// @module-tag output-places
// Outputs that TensorRT wants in the memory of an input: a cache that a model updates in place.
#include "engine_fixture.h"

namespace enginery {
namespace {

const std::vector<BuildRange> kRanges{{0, "past", false, {0, 8, 4}, {1, 8, 4}, {4, 8, 4}},
                                      {0, "update", false, {0, 1, 4}, {1, 1, 4}, {4, 4, 4}},
                                      {0, "at", false, {0}, {1}, {4}}};

ort::RunRequest update(int64_t batch, int64_t count, float start) {
  const auto from = [&](float first, int64_t elements) {
    std::vector<float> values(static_cast<size_t>(elements));
    std::iota(values.begin(), values.end(), first);
    return values;
  };
  std::vector<int64_t> at(static_cast<size_t>(batch));
  std::iota(at.begin(), at.end(), 1);
  return {{ort::floats("past", {batch, 8, 4}, from(-1000 - start, batch * 32)),
           ort::floats("update", {batch, count, 4}, from(start, batch * count * 4)), int64s("at", at)},
          {"now", "twice"},
          {}};
}

class EngineAliasTest : public EngineTest {
 protected:
  std::shared_ptr<EngineRunner> opened(size_t at_once = 1, bool graphs = false) const {
    return open(build(test::cache_model(), kRanges), at_once, graphs);
  }
};
INSTANTIATE_TEST_SUITE_P(Families, EngineAliasTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(EngineAliasTest, KnowsWhichInputAnOutputLiesIn) {
  auto runner = opened();
  std::vector<int32_t> aliases;
  for (const LoadedEngine::Tensor& tensor : runner->engine().tensors()) aliases.push_back(tensor.alias);
  EXPECT_EQ(aliases, (std::vector<int32_t>{4, -1, -1, -1, 0}));
  close(runner);
}

TEST_P(EngineAliasTest, LeavesTheFeedAsItWas) {
  auto runner = opened();
  for (const auto& [batch, count] : std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {2, 3}, {2, 3}, {0, 1}, {4, 4}}) {
    const ort::RunRequest request = update(batch, count, 1);
    const std::vector<float> before = ort::values_of(request.feeds[0].tensor);
    for (int i = 0; i < 2; ++i) expect_same(run(*runner, request), expected(test::cache_model(), request));
    EXPECT_EQ(ort::values_of(request.feeds[0].tensor), before);
  }
  close(runner);
}

TEST_P(EngineAliasTest, IsWrittenWhetherAskedForOrNot) {
  auto runner = opened();
  for (const char* const output : {"twice", "now"}) {
    ort::RunRequest request = update(2, 2, 5);
    request.outputs = {output};
    expect_same(run(*runner, request), expected(test::cache_model(), request));
  }
  close(runner);
}

TEST_P(EngineAliasTest, GivesTheSameByGraphs) {
  auto runner = opened(1, true);
  emuSet("calls on");
  for (int i = 0; i < 6; ++i) {
    const ort::RunRequest request = update(i < 4 ? 2 : 1, 2, static_cast<float>(i));
    expect_same(run(*runner, request), expected(test::cache_model(), request));
  }
  EXPECT_EQ(calls("cuGraphLaunch"), 4);
  close(runner);
}

TEST_P(EngineAliasTest, KeepsRunsApart) {
  emuSet("latency copy=200us launch=1ms");
  for (const bool graphs : {false, true}) {
    auto runner = opened(2, graphs);
    std::vector<std::future<ort::RunResult>> results;
    for (int i = 0; i < 16; ++i) {
      results.push_back(
          ort::start(*runner, static_cast<ort::RunId>(i), update(2, 1 + i / 8, static_cast<float>(i * 100))));
    }
    for (int i = 0; i < 16; ++i) {
      const ort::RunRequest request = update(2, 1 + i / 8, static_cast<float>(i * 100));
      expect_same(results[static_cast<size_t>(i)].get(), expected(test::cache_model(), request));
    }
    close(runner);
  }
}

TEST_P(EngineAliasTest, WritesIntoTheTensorsOfTheCaller) {
  auto runner = opened();
  ort::RunRequest request = update(2, 2, 3);
  const std::vector<float> now = ort::values_of(expected(test::cache_model(), request).outputs[0]);
  // In memory of all kinds; the feed's own is the cache that the caller keeps.
  request.outputs = {"now"};
  for (const TensorBuffer& feed : {request.feeds[0].tensor, pinned(*runner, request.feeds[0].tensor)}) {
    const auto apart = ort::floats("", {2, 8, 4}, std::vector<float>(64)).tensor;
    request.feeds[0].tensor = feed;
    for (const TensorBuffer& target : {apart, feed}) {
      request.targets = {target};
      const ort::RunResult result = run(*runner, request);
      ASSERT_TRUE(result.status.ok()) << result.status.message;
      EXPECT_EQ(ort::values_of(target), now);
    }
  }
  request = update(1, 1, 3);
  expect_same(run(*runner, request), expected(test::cache_model(), request));
  close(runner);
}

TEST_P(EngineAliasTest, TakesNoFeedThatLiesOnTheDevice) {
  auto runner = opened();
  const ort::RunRequest request = update(2, 2, 3);
  const auto fed_from_device = [&](size_t place) {
    ort::RunRequest there = request;
    TensorBuffer& feed = there.feeds[place].tensor;
    const TensorBuffer staging = pinned(*runner, feed);
    CudaDevice::Entered entered;
    EXPECT_TRUE(runner->device()->enter(entered).ok());
    EXPECT_TRUE(runner->device()->allocate(feed.bytes, feed.owner).ok());
    feed.device = runner->device().get();
    feed.data = feed.owner.get();
    std::unique_ptr<CudaStream> stream;
    EXPECT_TRUE(CudaStream::open(runner->device(), stream).ok());
    const CudaDriver& driver = runner->device()->driver();
    const auto to = reinterpret_cast<CudaAddress>(feed.data);
    EXPECT_EQ(driver.cuMemcpyHtoDAsync_v2(to, staging.data, feed.bytes, stream->handle()), kCudaSuccess);
    EXPECT_EQ(driver.cuStreamSynchronize(stream->handle()), kCudaSuccess);
    return run(*runner, there);
  };
  expect_same(fed_from_device(1), expected(test::cache_model(), request));
  for (int i = 0; i < 2; ++i) {
    const Status refused = fed_from_device(0).status;
    EXPECT_EQ(refused.code, "ENGINERY_INVALID_FEED");
    EXPECT_EQ(
        refused.message,
        "Input \"past\": the engine writes its output \"now\" over it, and the tensor lies on a GPU: feed what its "
        "download() gives");
    expect_same(run(*runner, request), expected(test::cache_model(), request));
  }
  close(runner);
}

TEST_P(EngineAliasTest, LeavesNoOutputOnTheDevice) {
  auto runner = opened();
  ort::RunRequest request = update(2, 2, 3);
  for (int i = 0; i < 2; ++i) {
    request.stays = {true, true};
    const Status refused = run(*runner, request).status;
    EXPECT_EQ(refused.code, "ENGINERY_OPTION_UNSUPPORTED");
    EXPECT_EQ(
        refused.message,
        "Output \"now\" is written over input \"past\", in memory that the next run uses again: it cannot stay on "
        "the GPU.");
    request.stays = {};
    expect_same(run(*runner, request), expected(test::cache_model(), request));
  }
  request.stays = {false, true};
  const ort::RunResult result = run(*runner, request);
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(result.outputs[1].device, runner->device().get()) << "another may";
  result.run->results.clear();
  close(runner);
}

}  // namespace
}  // namespace enginery
