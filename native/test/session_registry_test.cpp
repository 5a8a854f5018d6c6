#include "core/session_registry.h"

#include <gtest/gtest.h>

namespace enginery {
namespace {

class FakeRunner : public Runner {
 public:
  const std::vector<TensorSpec>& inputs() const override { return specs_; }
  const std::vector<TensorSpec>& outputs() const override { return specs_; }
  void submit(RunId, RunRequest, std::function<void(RunResult)>) override {}
  void cancel(RunId) override {}
  void close(std::function<void()> done) override {
    ++closed;
    done();
  }
  int closed = 0;

 private:
  std::vector<TensorSpec> specs_;
};

TEST(SessionRegistry, FindsTakesAndForgets) {
  SessionRegistry registry;
  const int owner = 0;
  EXPECT_TRUE(registry.admit(&owner));
  EXPECT_FALSE(registry.admit(&owner));
  const auto runner = std::make_shared<FakeRunner>();
  const auto id = registry.add(&owner, runner);
  EXPECT_NE(id, 0u);
  EXPECT_EQ(registry.find(id), runner);
  EXPECT_EQ(registry.take(id), runner);
  EXPECT_EQ(registry.find(id), nullptr);
  EXPECT_EQ(registry.take(id), nullptr);
  EXPECT_EQ(runner->closed, 0);
}

TEST(SessionRegistry, ClosesWhatAnOwnerLeavesAndNothingElse) {
  SessionRegistry registry;
  const int gone = 0, other = 0;
  registry.admit(&gone);
  registry.admit(&other);
  const auto left = std::make_shared<FakeRunner>();
  const auto kept = std::make_shared<FakeRunner>();
  registry.add(&gone, left);
  const auto id = registry.add(&other, kept);
  registry.abandon(&gone);
  EXPECT_EQ(left->closed, 1);
  EXPECT_EQ(left.use_count(), 1);
  EXPECT_EQ(kept->closed, 0);
  EXPECT_EQ(registry.find(id), kept);
}

TEST(SessionRegistry, KeepsNothingForAnOwnerThatHasGone) {
  SessionRegistry registry;
  const int owner = 0;
  registry.admit(&owner);
  registry.abandon(&owner);
  EXPECT_EQ(registry.add(&owner, std::make_shared<FakeRunner>()), 0u);
  EXPECT_TRUE(registry.admit(&owner));
}

}  // namespace
}  // namespace enginery
