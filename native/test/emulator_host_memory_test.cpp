// @no-feature tests the emulator, not what runs on it
// The host and the copies from and to its memory: who comes too early is found out, whoever waits is left alone.
#include <cstring>

#include "emulator_fixture.h"

namespace enginery {
namespace {

class HostMemory : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    queue_ = stream();
    memory_ = device(4);
    host_ = pinned(4);
    std::memset(host_, 1, 4);
  }

  // Copies wait for open().
  void close() { emuSet("hang copy *"); }
  void open() { emuSet("reset"); }

  void expect_report(const std::string& words) {
    const std::string found = take_reports();
    EXPECT_NE(found.find(words), std::string::npos) << found;
  }

  CUgraphExec capture(void (*work)(HostMemory&)) {
    CUgraph graph = nullptr;
    CUgraphExec exec = nullptr;
    EXPECT_EQ(cuStreamBeginCapture(queue_, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), CUDA_SUCCESS);
    work(*this);
    EXPECT_EQ(cuStreamEndCapture(queue_, &graph), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
    return exec;
  }

 public:
  void upload() { EXPECT_EQ(cuMemcpyHtoDAsync(memory_, host_, 4, queue_), CUDA_SUCCESS); }
  void download() { EXPECT_EQ(cuMemcpyDtoHAsync(host_, memory_, 4, queue_), CUDA_SUCCESS); }
  void synchronize() { EXPECT_EQ(cuStreamSynchronize(queue_), CUDA_SUCCESS); }

 protected:
  CUstream queue_ = nullptr;
  CUdeviceptr memory_ = 0;
  unsigned char* host_ = nullptr;
};

TEST_F(HostMemory, WrittenBeforeItWasCopied) {
  close();
  upload();
  host_[3] = 2;
  open();
  synchronize();
  expect_report("cuMemcpyHtoDAsync: the host wrote pinned memory");
}

TEST_F(HostMemory, ReadBeforeTheResultIsThere) {
  upload();
  synchronize();
  close();
  download();
  EXPECT_NE(host_[0], 1) << "what an earlier copy left is no result";
  open();
  synchronize();
  EXPECT_EQ(host_[0], 1);
}

TEST_F(HostMemory, WrittenBeforeALaunchOfAGraphCopiedIt) {
  const CUgraphExec exec = capture([](HostMemory& test) { test.upload(); });
  host_[0] = 2;  // the capture copied nothing: it is the launch that counts
  EXPECT_EQ(cuGraphLaunch(exec, queue_), CUDA_SUCCESS);
  synchronize();
  EXPECT_EQ(take_reports(), "");
  close();
  EXPECT_EQ(cuGraphLaunch(exec, queue_), CUDA_SUCCESS);
  host_[0] = 3;
  open();
  synchronize();
  expect_report("the host wrote pinned memory");
  EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
}

TEST_F(HostMemory, ReadBeforeALaunchOfAGraphHasFilledIt) {
  upload();
  synchronize();
  const CUgraphExec exec = capture([](HostMemory& test) { test.download(); });
  EXPECT_EQ(host_[0], 1);
  close();
  EXPECT_EQ(cuGraphLaunch(exec, queue_), CUDA_SUCCESS);
  EXPECT_NE(host_[0], 1);
  open();
  synchronize();
  EXPECT_EQ(host_[0], 1);
  EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
}

TEST_F(HostMemory, ThatComesAndGoesInOneStream) {
  for (int round = 0; round < 100; ++round) {
    host_[0] = static_cast<unsigned char>(round);
    upload();
    download();  // into what is still to be read
    upload();    // of what is still to be written
    synchronize();
    ASSERT_EQ(host_[0], static_cast<unsigned char>(round));
  }
}

TEST_F(HostMemory, ThatAHostFunctionFills) {
  close();
  upload();
  EXPECT_EQ(cuLaunchHostFunc(
                queue_, [](void* data) { *static_cast<unsigned char*>(data) = 7; }, host_),
            CUDA_SUCCESS);
  upload();
  open();
  download();
  synchronize();
  EXPECT_EQ(host_[0], 7);
}

}  // namespace
}  // namespace enginery
