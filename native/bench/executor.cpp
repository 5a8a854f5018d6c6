// Runs an engine by the executor and by a loop written by hand over the same calls of the driver and the bridge, in
// turn, and prints what a run costs of each as JSON: `npm run bench -- executor`, on the emulator.
//
//     executor <TensorRT library> <CUDA driver> <engine file of one float32 input and output of the same fixed shape>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/cuda_event.h"
#include "core/cuda_stream.h"
#include "core/engine_runner.h"

namespace {

std::atomic<size_t> allocations{0};

}  // namespace

// Counts what the emulator allocates as well, which is the same on both sides.
void* operator new(size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace enginery {
namespace {

constexpr int kRuns = 20000;
constexpr int kInFlight = 32;
constexpr int kRounds = 15;

void require(bool fine, const std::string& what) {
  if (!fine) throw std::runtime_error(what);
}

void require(const Status& status) { require(status.ok(), status.code + ": " + status.message); }

double processor_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

struct Cost {
  double us = 0;  // of processor, all threads
  double allocations = 0;
};

template <typename Loop>
Cost cost_of(const Loop& loop) {
  const double start = processor_us();
  const size_t before = allocations;
  loop();
  return {(processor_us() - start) / kRuns, static_cast<double>(allocations - before) / kRuns};
}

// Runs that go in again when they are over, until there have been enough.
class Core {
 public:
  explicit Core(const EngineOptions& options) {
    require(EngineRunner::open(options, runner_));
    const TensorSpec& input = runner_->inputs().at(0);
    size_t elements = 1;
    for (const int64_t dim : input.dims) elements *= static_cast<size_t>(dim);
    data_.resize(elements, 1.0F);
    for (int i = 0; i < kInFlight; ++i) {
      runs_.push_back(std::make_shared<Again>(*this));
      TensorBuffer feed;
      feed.type = ElementType::float32;
      feed.dims = input.dims;
      feed.data = data_.data();
      feed.bytes = bytes();
      runs_.back()->feeds.push_back(std::move(feed));
      runs_.back()->outputs = {0};
      runs_.back()->brief = true;
    }
  }
  ~Core() {
    bool closed = false;
    runner_->close([&] { finish(closed); });
    wait(closed);
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void run() {
    left_ = kRuns - kInFlight;
    under_way_ = kInFlight;
    done_ = false;
    for (const auto& run : runs_) runner_->submit(run);
    wait(done_);
    for (const auto& run : runs_) require(run->status);
  }

  size_t bytes() const { return data_.size() * sizeof(float); }
  const LoadedEngine& engine() const { return runner_->engine(); }

 private:
  struct Again final : Run, std::enable_shared_from_this<Again> {
    explicit Again(Core& owner) : core(owner) {}
    void ended() override {
      if (status.ok() && core.left_-- > 0) return core.runner_->submit(shared_from_this());
      if (--core.under_way_ == 0) core.finish(core.done_);
    }
    Core& core;
  };

  void finish(bool& flag) {
    const std::lock_guard lock(mutex_);
    flag = true;
    changed_.notify_all();
  }
  void wait(const bool& flag) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return flag; });
  }

  std::shared_ptr<EngineRunner> runner_;
  std::vector<float> data_;
  std::vector<std::shared_ptr<Again>> runs_;
  std::atomic<int> left_{0};
  std::atomic<int> under_way_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

// What somebody would write for one engine, one shape and one thread.
class ByHand {
 public:
  ByHand(const LoadedEngine& engine, size_t bytes)
      : engine_(engine),
        bridge_(engine.bridge()),
        device_(engine.device()),
        bytes_(bytes),
        in_(bytes),
        out_(bytes),
        log_({}) {
    require(device_.enter(entered_));
    require(CudaStream::open(device_.shared_from_this(), stream_));
    require(CudaEvent::open(device_.shared_from_this(), event_));
    require(device_.allocate(bytes, device_in_));
    require(device_.allocate(bytes, device_out_));
    require(device_.allocate_pinned(bytes, pinned_in_));
    require(device_.allocate_pinned(bytes, pinned_out_));
    const EngineryBridgeContextOptions options{};
    EngineryBridgeResult result{};
    require(bridge_.create_context(engine.handle(), &options, &log_.callbacks(), &result, &context_) == 0,
            "no context");
    const std::vector<int64_t>& dims = engine.inputs().at(0).dims;
    require(bridge_.set_profile(context_, 0, stream_->handle()) != 0, "set_profile");
    require(bridge_.set_shape(context_, 0, static_cast<int32_t>(dims.size()), dims.data()) != 0, "set_shape");
    require(bridge_.set_address(context_, 0, device_in_.get()) != 0, "set_address");
    require(bridge_.set_address(context_, 1, device_out_.get()) != 0, "set_address");
  }
  ~ByHand() {
    stream_.reset();
    bridge_.destroy_context(context_);
  }
  ByHand(const ByHand&) = delete;
  ByHand& operator=(const ByHand&) = delete;

  void run() {
    const CudaDriver& cuda = device_.driver();
    CudaStreamHandle const stream = stream_->handle();
    for (int i = 0; i < kRuns; ++i) {
      std::memcpy(pinned_in_.get(), in_.data(), bytes_);
      const auto to = reinterpret_cast<CudaAddress>(device_in_.get());
      const auto from = reinterpret_cast<CudaAddress>(device_out_.get());
      if (cuda.cuMemcpyHtoDAsync_v2(to, pinned_in_.get(), bytes_, stream) != 0 ||
          bridge_.enqueue(context_, stream) == 0 ||
          cuda.cuMemcpyDtoHAsync_v2(pinned_out_.get(), from, bytes_, stream) != 0 ||
          cuda.cuEventRecord(event_->handle(), stream) != 0 || cuda.cuEventSynchronize(event_->handle()) != 0) {
        throw std::runtime_error("a run by hand failed");
      }
      std::memcpy(out_.data(), pinned_out_.get(), bytes_);
    }
  }

 private:
  const LoadedEngine& engine_;
  const EngineryBridgeExecution& bridge_;
  CudaDevice& device_;
  const size_t bytes_;
  std::vector<uint8_t> in_, out_;
  BridgeLog log_;
  CudaDevice::Entered entered_;
  std::shared_ptr<void> device_in_, device_out_, pinned_in_, pinned_out_;
  EngineryContext* context_ = nullptr;
  std::unique_ptr<CudaEvent> event_;
  std::unique_ptr<CudaStream> stream_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(const EngineOptions& options) {
  Core core(options);
  ByHand by_hand(core.engine(), core.bytes());
  core.run();  // what is made once
  by_hand.run();
  std::vector<double> ours, theirs, ratios, allocated;
  for (int round = 0; round < kRounds; ++round) {
    const Cost a = cost_of([&] { core.run(); });
    const Cost b = cost_of([&] { by_hand.run(); });
    ours.push_back(a.us);
    theirs.push_back(b.us);
    ratios.push_back(a.us / b.us);
    allocated.push_back(a.allocations - b.allocations);
  }
  std::printf("{\"us\":%.3f,\"byHandUs\":%.3f,\"ratio\":%.4f,\"allocations\":%.4f}\n", median(ours), median(theirs),
              median(ratios), median(allocated));
}

}  // namespace
}  // namespace enginery

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: executor <TensorRT library> <CUDA driver> <engine file>\n", stderr);
    return 2;
  }
  try {
    enginery::EngineOptions options;
    options.library = argv[1];
    options.driver = argv[2];
    options.plan_path = argv[3];
    options.limits.at_once = 2;
    enginery::measure(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
