// One run on its way through a stream: what was asked for when it was enqueued, and the work that does it.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/runner.h"
#include "emulator/tensorrt/engine_core.h"

namespace enginery::emulator {

// What a context shares with its runs.
struct Flight {
  std::atomic<bool> alive{true};     // the context
  std::atomic<int> queued{0};        // runs that streams hold; those of graphs do not count
  std::atomic<bool> running{false};  // one is being computed
};

struct RunTensor {
  const PlanTensor* tensor = nullptr;
  std::vector<int64_t> dims;
  CUdeviceptr address = 0;
  size_t bytes = 0;
  std::shared_ptr<std::string> values;  // of a shape tensor: read when it was enqueued
};

// An output in host memory. Its values follow from shapes: they are known when the run is enqueued.
struct HostOutput {
  void* address = nullptr;
  std::string values;

  void write() const {
    if (!values.empty()) std::memcpy(address, values.data(), values.size());
  }
};

// Enqueued in up to three parts, which share it: the inputs are read, the outputs are computed, and what had to wait
// for its memory is written.
class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(std::shared_ptr<EngineCore> engine, std::shared_ptr<Flight> flight, const nvinfer1::ILogger& logger)
      : engine_(std::move(engine)), flight_(std::move(flight)), logger_(const_cast<nvinfer1::ILogger&>(logger)) {}

  std::vector<RunTensor> inputs;
  std::vector<RunTensor> outputs;  // in device memory; those without an address are kept until write_kept()
  std::vector<HostOutput> host_outputs;
  CUdeviceptr scratch = 0;
  size_t scratch_bytes = 0;

  // Each enqueues a part. The last of a run that the stream holds (no graph) ends it. As emuLaunch.
  CUresult read_inputs(CUstream stream);
  CUresult compute(CUstream stream, bool last);
  CUresult write_kept(CUstream stream);

  // Once the stream has run compute(): the shape of an output that was kept.
  const TensorBuffer* kept(const std::string& name) const;

  // Counts the run among those that streams hold; it is over after the last part, or when the stream drops it.
  void begin();
  void end();

 private:
  using Part = void (Run::*)();

  CUresult launch(CUstream stream, const char* what, Part part, bool last);
  void do_read_inputs();
  void do_compute();
  void do_write_kept();
  void report(const std::string& what) const;
  RunRequest request();
  void touch_scratch() const;

  const std::shared_ptr<EngineCore> engine_;
  const std::shared_ptr<Flight> flight_;
  nvinfer1::ILogger& logger_;
  std::atomic<bool> counted_{false};
  bool inputs_read_ = false;
  std::vector<std::string> copies_;  // of the inputs, where they were read early
  std::vector<std::pair<std::string, TensorBuffer>> kept_;
};

}  // namespace enginery::emulator
