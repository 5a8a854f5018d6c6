// @module-tag tensorrt
// @module-tag refused-models
// The parser of the real TensorRT-RTX, asked about models.
#include "core/model_support.h"

#include <gtest/gtest.h>

#include <fstream>

#include "onnx_model.h"
#include "temporary_folder.h"
#include "tensorrt_rtx.h"

namespace enginery {
namespace {

class ModelSupportTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto tensorrt = test::tensorrt_rtx();
    if (!tensorrt) GTEST_SKIP() << "ENGINERY_TENSORRT_RTX_LIBRARY is not set";
    request_.library = tensorrt->library;
    request_.parser = tensorrt->parser;
  }

  Status ask() { return describe_support(request_, result_); }

  const test::TemporaryFolder folder_;
  const std::string model_ = folder_.path / "m.onnx";
  SupportRequest request_;
  SupportResult result_;
};

TEST_F(ModelSupportTest, TakesAModelFromAFile) {
  const std::vector<uint8_t> bytes = test::identity_model();
  std::ofstream(model_).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  request_.model_path = model_;
  const Status status = ask();
  ASSERT_TRUE(status.ok()) << status.message;
  EXPECT_TRUE(result_.supported);
  ASSERT_EQ(result_.subgraphs.size(), 1u);
  EXPECT_TRUE(result_.subgraphs[0].supported);
  EXPECT_EQ(result_.subgraphs[0].nodes, (std::vector<int64_t>{0}));
}

TEST_F(ModelSupportTest, ANodeThatIsRefusedIsInNoSubgraph) {
  request_.model_bytes = test::model(
      {test::node("Relu", {"x"}, {"a"}), test::node("NoSuchOperator", {"a"}, {"b"}), test::node("Relu", {"b"}, {"y"})},
      {test::tensor_value("x", 1, {"4"})}, {test::tensor_value("y", 1, {"4"})});
  ASSERT_TRUE(ask().ok());
  EXPECT_FALSE(result_.supported);
  ASSERT_EQ(result_.errors.size(), 1u);
  EXPECT_EQ(result_.errors[0].op, "NoSuchOperator");
  ASSERT_EQ(result_.subgraphs.size(), 2u);
  EXPECT_EQ(result_.subgraphs[0].nodes, (std::vector<int64_t>{0}));
  EXPECT_EQ(result_.subgraphs[1].nodes, (std::vector<int64_t>{2}));
  for (const Subgraph& subgraph : result_.subgraphs) EXPECT_FALSE(subgraph.supported);
}

TEST_F(ModelSupportTest, AMissingModelIsNotFound) {
  request_.model_path = model_;
  const Status status = ask();
  EXPECT_EQ(status.code, "ENGINERY_FILE_NOT_FOUND");
  EXPECT_EQ(status.subject, model_);
}

TEST_F(ModelSupportTest, AnEmptyModelIsNone) {
  EXPECT_EQ(ask().code, "ENGINERY_INVALID_MODEL");
  std::ofstream(model_).close();
  request_.model_path = model_;
  const Status status = ask();
  EXPECT_EQ(status.code, "ENGINERY_INVALID_MODEL");
  EXPECT_EQ(status.subject, model_);
}

TEST_F(ModelSupportTest, SaysWhichLibraryCannotBeOpened) {
  request_.model_bytes = test::identity_model();
  for (std::string* const library : {&request_.parser, &request_.library}) {
    *library = folder_.path / "libmissing.so";
    const Status status = ask();
    EXPECT_EQ(status.code, "ENGINERY_LIBRARY_UNUSABLE");
    EXPECT_EQ(status.subject, *library);
  }
}

}  // namespace
}  // namespace enginery
