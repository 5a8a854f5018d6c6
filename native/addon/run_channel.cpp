#include "addon/run_channel.h"

#include <utility>

#include "addon/run_request.h"
#include "core/brief_lock.h"
#include "core/job_threads.h"
#include "core/session_registry.h"

namespace enginery {
namespace {

// Slots whose memory is kept for the next run. More are in use only while a queue is long.
constexpr uint32_t kKeptSlots = 256;

}  // namespace

struct RunChannel::Slot final : Run {
  uint32_t number = 0;
  ReusedMemory small_feeds;
  std::shared_ptr<Runner> runner;       // while the run is under way
  std::shared_ptr<RunChannel> channel;  // likewise: it may outlive its environment
  bool waited_for = false;              // it works on memory of JS's that has no owner of ours

  void ended() override {
    const std::shared_ptr<RunChannel> kept = std::move(channel);
    kept->ended(*this);
  }

  // Lets go of memory that is large or not ours.
  void clear() {
    for (auto* buffers : {&feeds, &targets, &results}) {
      for (TensorBuffer& buffer : *buffers) {
        buffer.owner.reset();
        buffer.device = nullptr;
      }
    }
    runner.reset();
  }
};

Napi::Value RunChannel::open_page(Napi::Env env) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, RunPage::kSize);
  page_buffer_ = Napi::Reference<Napi::ArrayBuffer>::New(buffer, 1);
  page_ = RunPage(buffer.Data());
  return buffer;
}

void RunChannel::submit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto number = info[0].As<Napi::Number>().Uint32Value();
  const auto runner = sessions().find(info[1].As<Napi::Number>().Uint32Value());
  const size_t count = info[2].As<Napi::Number>().Uint32Value();
  if (number >= slots_.size()) slots_.resize(number + 1);
  if (slots_[number] == nullptr) slots_[number] = std::make_shared<Slot>();
  const std::shared_ptr<Slot>& slot = slots_[number];
  slot->number = number;
  const bool own = info[4].IsTypedArray();
  if (page_.request_numbers == nullptr ||
      count > (own ? info[4].As<Napi::Float64Array>().ElementLength() : RunPage::kRequestNumbers)) {
    throw Napi::RangeError::New(env, "there is no page for so many numbers");
  }
  const double* const numbers = own ? info[4].As<Napi::Float64Array>().Data() : page_.request_numbers;
  bool shared = false;
  if (runner == nullptr) {
    slot->status = Status::failed("ENGINERY_DISPOSED", "The session is closed.");
  } else {
    try {
      shared = read_request(env, page_, {numbers, count}, info[3], *runner, device_tensors_, slot->small_feeds, *slot);
    } catch (...) {
      slot->clear();
      throw;
    }
  }
  slot->runner = runner;
  slot->channel = shared_from_this();
  slot->waited_for = shared;
  slot->brief = info[5].As<Napi::Boolean>();
  {
    const auto lock = lock_briefly(mutex_);
    if (under_way_++ == 0) completions_->hold();
    if (shared) ++waited_for_;
    watching_ |= slot->brief;
  }
  runner == nullptr ? slot->ended() : runner->submit(slot);
}

void RunChannel::cancel(uint32_t number) {
  if (number >= slots_.size() || slots_[number] == nullptr) return;
  Slot& slot = *slots_[number];
  if (slot.runner) slot.runner->cancel(slot);
}

// The slot may be another run's as soon as this is unlocked.
void RunChannel::ended(const Slot& slot) {
  bool wake = false;
  {
    const auto lock = lock_briefly(mutex_);
    if (slot.waited_for) --waited_for_;
    wake = ended_.empty() && !watching_;
    ended_.push_back(slot.number);
    any_ended_ = true;
    if (closing_) settled_.notify_all();
  }
  if (wake) completions_->wake();
}

Napi::Value RunChannel::take(Napi::Env env, bool watching) {
  if (watching && !any_ended_) return env.Undefined();
  if (!watching) {
    for (const std::shared_ptr<Slot>& slot : slots_) {
      if (slot && slot->runner) slot->runner->wake_for_waiting();
    }
  }
  {
    const auto lock = lock_briefly(mutex_);
    watching_ = watching;
    any_ended_ = false;
    taken_.swap(ended_);
    under_way_ -= taken_.size();
    if (under_way_ == 0 && !taken_.empty()) completions_->release();
  }
  if (taken_.empty()) return env.Undefined();
  for (const uint32_t number : taken_) {
    std::shared_ptr<Slot>& slot = slots_[number];
    results_.add(env, number, *slot);
    slot->clear();
    if (number >= kKeptSlots) slot.reset();
  }
  taken_.clear();
  return results_.take(env, page_);
}

void RunChannel::close(std::chrono::steady_clock::time_point deadline) {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  for (uint32_t number = 0; number < slots_.size(); ++number) cancel(number);
  std::unique_lock lock(mutex_);
  settled_.wait_until(lock, deadline, [this] { return ended_.size() == under_way_; });
  settled_.wait(lock, [this] { return waited_for_ == 0; });
  page_buffer_.Reset();
  device_tensors_.clear();
}

}  // namespace enginery
