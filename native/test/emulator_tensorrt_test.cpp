// @no-feature tests the emulator, not what runs on it
// Engines of the emulated TensorRT, built by the real bridge and run on the emulated driver: what goes right.
#include <mutex>

#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

using nvinfer1::Dims;
using nvinfer1::Dims2;

class TensorRTTest : public EmulatedTensorRT {
 protected:
  void SetUp() override {
    EmulatedTensorRT::SetUp();
    stream_ = stream();
  }

  // What a session on the CPU gives for the same feeds.
  std::string on_cpu(const ort::OpenOptions& options, ort::NamedTensor feed, const std::string& output) {
    std::shared_ptr<Runner> runner;
    const Status status = ort::OrtRunner::open(options, runner);
    EXPECT_TRUE(status.ok()) << status.message;
    ort::RunRequest request;
    request.feeds.push_back(std::move(feed));
    request.outputs = {output};
    const ort::RunResult result = ort::start(*runner, 1, std::move(request)).get();
    EXPECT_TRUE(result.status.ok()) << result.status.message;
    std::string bytes(static_cast<const char*>(result.outputs[0].data), result.outputs[0].bytes);
    ort::start_close(*runner).get();
    return bytes;
  }

  CUstream stream_ = nullptr;
};

TEST_F(TensorRTTest, BuildsThroughTheBridge) {
  request_.model_bytes = test::identity_model();
  request_.progress = true;
  const std::string bytes = plan();
  EXPECT_EQ(bytes.substr(0, 4), ENGINERY_ENTERPRISE ? "ftrt" : "vtrt");
  EXPECT_EQ(bytes[24], NV_TENSORRT_MAJOR);
  ASSERT_EQ(result_.tensors.size(), 2u);
  EXPECT_EQ(result_.tensors[0].dims, (std::vector<int64_t>{-1, 4}));
  ASSERT_FALSE(progress_.empty());
  EXPECT_EQ(progress_.front().phase, "Building engine");
  EXPECT_EQ(progress_.back().event, BuildProgress::Event::finish);
}

TEST_F(TensorRTTest, RunsDigitsAsTheCpuDoesBitForBit) {
  request_.model_path = ENGINERY_TEST_DIGITS;
  request_.ranges.clear();
  request_.profiles = 0;
  const std::string name = [&] {
    ort::OpenOptions options;
    options.library = onnxruntime_;
    options.model_path = ENGINERY_TEST_DIGITS;
    std::shared_ptr<Runner> runner;
    EXPECT_TRUE(ort::OrtRunner::open(options, runner).ok());
    const std::string input = runner->inputs().at(0).name;
    ort::start_close(*runner).get();
    return input;
  }();
  request_.ranges = {{0, name, false, {1, 1, 28, 28}, {2, 1, 28, 28}, {4, 1, 28, 28}}};
  request_.profiles = 1;
  load({});

  std::vector<float> pixels(2 * 28 * 28);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 97) / 97;
  const char* const output = engine_->getIOTensorName(1);
  ASSERT_TRUE(run_->setInputShape(name.c_str(), nvinfer1::Dims4{2, 1, 28, 28}));
  const Dims dims = run_->getTensorShape(output);
  ASSERT_EQ(dims.nbDims, 2);
  EXPECT_EQ(dims.d[0], 2);
  const size_t bytes = static_cast<size_t>(dims.d[0] * dims.d[1]) * sizeof(float);
  const CUdeviceptr in = device(pixels.size() * sizeof(float));
  const CUdeviceptr out = device(bytes);
  upload(in, pixels.data(), pixels.size() * sizeof(float), stream_);
  ASSERT_TRUE(run_->setInputTensorAddress(name.c_str(), address(in)));
  ASSERT_TRUE(run_->setOutputTensorAddress(output, address(out)));
  ASSERT_TRUE(run_->enqueueV3(reinterpret_cast<cudaStream_t>(stream_))) << logger_.errors;

  ort::OpenOptions options;
  options.library = onnxruntime_;
  options.model_path = ENGINERY_TEST_DIGITS;
  EXPECT_EQ(download(out, bytes, stream_), on_cpu(options, ort::floats(name, {2, 1, 28, 28}, pixels), output));
}

TEST_F(TensorRTTest, FindsWeightsBesideTheModel) {
  const auto entry = [](const char* key, const char* value) {
    return test::bytes(13, test::bytes(1, key) + test::bytes(2, value));
  };
  const std::string weights = test::number(1, 1) + test::number(2, 1) + test::bytes(8, "w") +
                              entry("location", "weights") + entry("length", "4") + test::number(14, 1);
  const std::string graph = test::bytes(1, test::node("Mul", {"x", "w"}, {"y"})) + test::bytes(2, "test") +
                            test::bytes(5, weights) + test::bytes(11, test::tensor_value("x", 1, {"batch", "4"})) +
                            test::bytes(12, test::tensor_value("y", 1, {"batch", "4"}));
  const float three = 3;
  std::ofstream(folder_.path / "weights").write(reinterpret_cast<const char*>(&three), sizeof three);
  request_.model_path = folder_.path / "model.onnx";
  std::ofstream(request_.model_path) << test::number(1, 8) + test::bytes(7, graph) +
                                            test::bytes(8, test::number(2, 17));
  load({});
  const float values[] = {1, 2, 3, 4};
  const CUdeviceptr in = device(sizeof values);
  const CUdeviceptr out = device(sizeof values);
  upload(in, values, sizeof values, stream_);
  ASSERT_TRUE(run_->setInputShape("x", Dims2{1, 4}));
  ASSERT_TRUE(run_->setTensorAddress("x", address(in)));
  ASSERT_TRUE(run_->setTensorAddress("y", address(out)));
  ASSERT_TRUE(run_->enqueueV3(stream_)) << logger_.errors;
  float last = 0;
  std::memcpy(&last, download(out, sizeof values, stream_).data() + 12, sizeof last);
  EXPECT_EQ(last, 12);
}

TEST_F(TensorRTTest, ReplaysACapturedRun) {
  load(test::identity_model());
  const CUdeviceptr in = device(32);
  const CUdeviceptr out = device(32);
  ASSERT_TRUE(run_->setInputShape("x", Dims2{2, 4}));
  ASSERT_TRUE(run_->setTensorAddress("x", address(in)));
  ASSERT_TRUE(run_->setTensorAddress("y", address(out)));
  upload(in, "the first 32 bytes of a capture.", 32, stream_);
  ASSERT_TRUE(run_->enqueueV3(stream_));
  ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);

  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuStreamBeginCapture(stream_, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), CUDA_SUCCESS);
  ASSERT_TRUE(run_->enqueueV3(stream_)) << logger_.errors;
  ASSERT_EQ(cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiate(&executable, graph, 0), CUDA_SUCCESS);
  upload(in, "other bytes, read by its launch.", 32, stream_);
  ASSERT_EQ(cuGraphLaunch(executable, stream_), CUDA_SUCCESS);
  EXPECT_EQ(download(out, 32, stream_), "other bytes, read by its launch.");
  EXPECT_EQ(cuGraphExecDestroy(executable), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
}

TEST_F(TensorRTTest, RecordsWhenInputsAreRead) {
  load(test::identity_model());
  const CUdeviceptr in = device(16);
  const CUdeviceptr out = device(16);
  const CUstream other = stream();
  const CUevent read = event();
  ASSERT_TRUE(run_->setInputShape("x", Dims2{1, 4}));
  ASSERT_TRUE(run_->setTensorAddress("x", address(in)));
  ASSERT_TRUE(run_->setTensorAddress("y", address(out)));
  ASSERT_TRUE(run_->setInputConsumedEvent(read));
  upload(in, "sixteen bytes in", 16, stream_);
  ASSERT_TRUE(run_->enqueueV3(stream_));
  ASSERT_EQ(cuStreamWaitEvent(other, read, 0), CUDA_SUCCESS);
  upload(in, "written too soon", 16, other);
  EXPECT_EQ(download(out, 16, stream_), "sixteen bytes in");
  ASSERT_EQ(cuStreamSynchronize(other), CUDA_SUCCESS);
}

class Allocator final : public nvinfer1::IOutputAllocator {
 public:
  void* reallocateOutputAsync(const char*, void*, uint64_t size, uint64_t, cudaStream_t) override {
    EXPECT_LE(size, 4096u);
    return memory;
  }
  void notifyShape(const char*, const Dims& dims) noexcept override { shape = dims; }

  void* memory = nullptr;
  Dims shape{};
};

TEST_F(TensorRTTest, GivesOutputsOfUnknownSizeToTheAllocator) {
  load(test::model({test::node("NonZero", {"x"}, {"y"})}, {test::tensor_value("x", 1, {"batch", "4"})},
                   {test::tensor_value("y", 7, {"2", "found"})}));
  Allocator allocator;
  const CUdeviceptr in = device(16);
  const CUdeviceptr out = device(4096);
  allocator.memory = address(out);
  const float values[] = {0, 5, 0, 6};
  upload(in, values, sizeof values, stream_);
  ASSERT_TRUE(run_->setInputShape("x", Dims2{1, 4}));
  ASSERT_TRUE(run_->setTensorAddress("x", address(in)));
  EXPECT_EQ(run_->getTensorShape("y").d[1], -1);
  EXPECT_EQ(run_->getMaxOutputSize("y"), 64);
  ASSERT_TRUE(run_->setOutputAllocator("y", &allocator));
  ASSERT_TRUE(run_->enqueueV3(stream_)) << logger_.errors;
  EXPECT_EQ(allocator.shape.d[1], 2);
  const int64_t places[] = {0, 0, 1, 3};
  EXPECT_EQ(download(out, sizeof places, stream_), std::string(reinterpret_cast<const char*>(places), sizeof places));
}

TEST_F(TensorRTTest, TakesShapesFromHostMemory) {
  request_.ranges = {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}, {0, "shape", true, {1, 1}, {4, 2}, {32, 32}}};
  load(test::model({test::node("Reshape", {"x", "shape"}, {"y"})},
                   {test::tensor_value("x", 1, {"batch", "4"}), test::tensor_value("shape", 7, {"2"})},
                   {test::tensor_value("y", 1, {"rows", "columns"})}));
  EXPECT_TRUE(engine_->isShapeInferenceIO("shape"));
  EXPECT_EQ(engine_->getTensorLocation("shape"), nvinfer1::TensorLocation::kHOST);
  EXPECT_EQ(engine_->getProfileTensorValuesV2("shape", 0, nvinfer1::OptProfileSelector::kMAX)[1], 32);
  ASSERT_TRUE(run_->setInputShape("x", Dims2{2, 4}));
  const char* missing = nullptr;
  EXPECT_EQ(run_->inferShapes(1, &missing), 1);
  EXPECT_STREQ(missing, "shape");
  const int64_t shape[] = {4, 2};
  ASSERT_TRUE(run_->setInputTensorAddress("shape", shape));
  EXPECT_EQ(run_->inferShapes(0, nullptr), 0);
  EXPECT_EQ(run_->getTensorShape("y").d[0], 4);
}

TEST_F(TensorRTTest, DescribesItsLayers) {
  request_.settings = {{"profilingVerbosity", "detailed", 0}};
  load(test::identity_model());
  const std::unique_ptr<nvinfer1::IEngineInspector> inspector(engine_->createEngineInspector());
  const std::string json = inspector->getEngineInformation(nvinfer1::LayerInformationFormat::kJSON);
  EXPECT_NE(json.find("\"LayerType\": \"Identity\""), std::string::npos) << json;
}

TEST_F(TensorRTTest, ReadsAPlanFromAStream) {
  struct Reader final : nvinfer1::IStreamReaderV2 {
    int64_t read(void* to, int64_t size, cudaStream_t) noexcept override {
      const size_t given = bytes.copy(static_cast<char*>(to), static_cast<size_t>(size), at);
      at += given;
      return static_cast<int64_t>(given);
    }
    bool seek(int64_t offset, nvinfer1::SeekPosition) noexcept override {
      return at = static_cast<size_t>(offset), true;
    }
    std::string bytes;
    size_t at = 0;
  } reader;
  request_.model_bytes = test::identity_model();
  reader.bytes = plan();
  runtime_ = runtime();
  engine_.reset(runtime_->deserializeCudaEngine(reader));
  ASSERT_NE(engine_, nullptr) << logger_.errors;
  EXPECT_EQ(engine_->getNbIOTensors(), 2);
}

}  // namespace
}  // namespace enginery
