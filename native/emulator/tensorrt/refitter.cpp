#include "emulator/tensorrt/refitter.h"

#include <algorithm>
#include <cstring>

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {

Refitter* Refitter::create(Engine& engine, ILogger& logger) {
  if (engine.core()->plan.refittable()) return new Refitter(engine, logger);
  logger.log(Severity::kERROR, "createInferRefitter: the engine is not refittable: it was not built with BuilderFlag::kREFIT");
  return nullptr;
}

Refitter::Refitter(Engine& engine, ILogger& logger)
    : RefitterCalls(logger),
      core_(engine.core()),
      one_(engine.refitters()),
      model_(core_->plan.model),
      path_(core_->plan.model_path) {
  if (core_->complete) return;
  for (const OnnxWeights& weights : core_->graph.weights) missing_.insert(weights.name);
}

Refitter::~Refitter() {
  if (parsers_.any()) breach("IRefitter is destroyed before its IParserRefitter");
}

std::string Refitter::take_model(std::string model, std::string path) {
  OnnxGraph graph;
  if (!read_graph(model, graph)) return "it is no ONNX model";
  const std::vector<OnnxWeights>& own = core_->graph.weights;
  for (const OnnxWeights& weights : graph.weights) {
    const auto found =
        std::find_if(own.begin(), own.end(), [&](const OnnxWeights& it) { return it.name == weights.name; });
    if (found == own.end()) continue;
    if (found->type != weights.type || found->dims != weights.dims) return "Failed to set named weights";
    set_.insert(weights.name);
  }
  if (set_.size() < own.size()) {
    return "Only successfully refitted " + std::to_string(set_.size()) + " weights out of " +
           std::to_string(own.size());
  }
  model_ = std::move(model);
  path_ = graph.has_external_data() ? std::move(path) : "";
  missing_.clear();
  return {};
}

int32_t Refitter::list(bool missing, int32_t size, const char** names) const {
  int32_t count = 0;
  for (const OnnxWeights& weights : core_->graph.weights) {
    if (missing && missing_.count(weights.name) == 0) continue;
    if (names != nullptr && count < size) names[count] = weights.name.c_str();
    ++count;
  }
  return count;
}

bool Refitter::do_setNamedWeights(const char* name, Weights weights) noexcept {
  const auto& all = core_->graph.weights;
  const auto found = std::find_if(all.begin(), all.end(), [&](const OnnxWeights& it) { return it.name == name; });
  if (found == all.end()) return error(std::string("setNamedWeights: there are no weights ") + name);
  const size_t bytes = bytes_of(weights.type, {weights.count});
  if (found->offset == 0) return breach("setNamedWeights is not emulated for weights outside raw_data");
  if (bytes != found->size) return error(std::string("setNamedWeights: another size than ") + name + " has");
  std::memcpy(model_.data() + found->offset, weights.values, bytes);
  missing_.erase(name);
  set_.insert(name);
  return true;
}

// Where the values lie is not told: whoever asks wants to know whether there are any.
Weights Refitter::do_getNamedWeights(const char* name) const noexcept {
  if (set_.count(name) > 0) return {nvinfer1::DataType::kFLOAT, model_.data(), 0};
  error(std::string("getNamedWeights: they were not set: ") + name);
  return {nvinfer1::DataType::kFLOAT, nullptr, 0};
}

bool Refitter::do_refitCudaEngine() noexcept {
  if (!missing_.empty()) return error("refitCudaEngine: weights are missing: " + *missing_.begin());
  if (core_->in_flight > 0) return breach("refitCudaEngine: the engine's work is on a stream");
  if (core_->cuda.emulated()) {
    std::shared_ptr<const Model> model;
    const Status status = Model::open(model_, path_, model);
    if (!status.ok()) return error("refitCudaEngine: " + status.message);
    core_->set_model(std::move(model));
  }
  core_->complete = true;
  return true;
}

bool Refitter::do_refitCudaEngineAsync(cudaStream_t stream) noexcept {
  return core_->cuda.cuStreamSynchronize(stream) == CUDA_SUCCESS && do_refitCudaEngine();
}

}  // namespace enginery::emulator
