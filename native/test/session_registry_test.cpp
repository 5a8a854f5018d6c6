// @no-feature a part by itself, over no device and no library
#include "core/session_registry.h"

#include <gtest/gtest.h>

namespace enginery {
namespace {

class FakeRunner : public Runner {
 public:
  const std::vector<TensorSpec>& inputs() const override { return specs_; }
  const std::vector<TensorSpec>& outputs() const override { return specs_; }
  void submit(std::shared_ptr<Run>) override {}
  void cancel(Run&) override {}
  void close(std::function<void()> done) override {
    ++closed;
    done();
  }
  int closed = 0;

 private:
  std::vector<TensorSpec> specs_;
};

TEST(SessionRegistry, FindsAndForgets) {
  SessionRegistry registry;
  const int owner = 0, stranger = 0;
  EXPECT_TRUE(registry.admit(&owner));
  EXPECT_FALSE(registry.admit(&owner));
  const auto runner = std::make_shared<FakeRunner>();
  const auto id = registry.add(&owner, runner);
  EXPECT_NE(id, 0u);
  EXPECT_EQ(registry.find(id), runner);
  EXPECT_EQ(registry.release(&stranger, id).runner, nullptr);
  const auto released = registry.release(&owner, id);
  EXPECT_EQ(released.runner, runner);
  EXPECT_TRUE(released.last);
  EXPECT_EQ(registry.find(id), nullptr);
  EXPECT_EQ(registry.release(&owner, id).runner, nullptr);
  EXPECT_EQ(runner->closed, 0);
}

TEST(SessionRegistry, ASessionOutlivesItsMakerWhileAnotherHasIt) {
  SessionRegistry registry;
  const int maker = 0, guest = 0, unknown = 0;
  registry.admit(&maker);
  registry.admit(&guest);
  const auto runner = std::make_shared<FakeRunner>();
  const auto id = registry.add(&maker, runner);
  EXPECT_EQ(registry.attach(&guest, id), runner);
  EXPECT_EQ(registry.attach(&unknown, id), nullptr);
  EXPECT_EQ(registry.attach(&guest, id + 1), nullptr);
  EXPECT_EQ(registry.attach(&maker, id), runner);
  EXPECT_FALSE(registry.release(&maker, id).last);
  EXPECT_FALSE(registry.release(&maker, id).last);
  EXPECT_EQ(registry.release(&maker, id).runner, nullptr);
  EXPECT_EQ(registry.find(id), runner);
  registry.abandon(&guest);
  EXPECT_EQ(runner->closed, 1);
  EXPECT_EQ(registry.find(id), nullptr);
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
