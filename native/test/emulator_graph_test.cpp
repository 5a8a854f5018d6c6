// @no-feature tests the emulator, not what runs on it
// Graphs of the emulated driver: captured, replayed, and what a capture forbids.
#include <atomic>
#include <thread>

#include "emulator_fixture.h"

namespace enginery {
namespace {

class Graphs : public Emulator {
 protected:
  void begin(CUstream origin, CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL) {
    EXPECT_EQ(cuStreamBeginCapture(origin, mode), CUDA_SUCCESS);
  }

  // Ends the capture, and makes its graph ready to launch.
  CUgraphExec end(CUstream origin) {
    CUgraph graph = nullptr;
    CUgraphExec exec = nullptr;
    EXPECT_EQ(cuStreamEndCapture(origin, &graph), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
    return exec;
  }

  // What `call` breaks ends the capture: the graph is null, and the stream works again.
  template <typename Call>
  void expect_broken(CUstream origin, CUresult status, const char* words, const Call& call) {
    EXPECT_EQ(call(), status);
    EXPECT_NE(take_reports().find(words), std::string::npos) << words;
    CUstreamCaptureStatus capturing;
    EXPECT_EQ(cuStreamIsCapturing(origin, &capturing), CUDA_SUCCESS);
    EXPECT_EQ(capturing, CU_STREAM_CAPTURE_STATUS_INVALIDATED);
    EXPECT_EQ(cuLaunchHostFunc(
                  origin, [](void*) {}, nullptr),
              CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    CUgraph graph = reinterpret_cast<CUgraph>(this);
    EXPECT_EQ(cuStreamEndCapture(origin, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    EXPECT_EQ(graph, nullptr);
    EXPECT_EQ(cuStreamSynchronize(origin), CUDA_SUCCESS);
  }
};

TEST_F(Graphs, ReplayWhatWasCaptured) {
  const CUstream queue = stream();
  unsigned char* host = pinned(8);
  struct Sum {
    CUdeviceptr memory;
    std::atomic<int> runs{0};
    std::atomic<int> released{0};
  } sum{device(4), {}, {}};
  begin(queue);
  EXPECT_EQ(cuMemcpyHtoDAsync(sum.memory, host, 4, queue), CUDA_SUCCESS);
  EXPECT_EQ(emuLaunch(
                queue, "add one",
                [](void* data) {
                  Sum& sum = *static_cast<Sum*>(data);
                  ++sum.runs;
                  ++*static_cast<unsigned char*>(emuMemory(sum.memory, 4));
                },
                &sum, [](void* data) { ++static_cast<Sum*>(data)->released; }),
            CUDA_SUCCESS);
  EXPECT_EQ(cuMemcpyDtoHAsync(host + 4, sum.memory, 4, queue), CUDA_SUCCESS);
  CUgraph graph = nullptr;
  EXPECT_EQ(cuStreamEndCapture(queue, &graph), CUDA_SUCCESS);
  EXPECT_EQ(sum.runs, 0);

  CUgraphNode nodes[4] = {};
  size_t count = 0;
  EXPECT_EQ(cuGraphGetNodes(graph, nullptr, &count), CUDA_SUCCESS);
  EXPECT_EQ(count, 3u);
  count = 4;
  EXPECT_EQ(cuGraphGetNodes(graph, nodes, &count), CUDA_SUCCESS);
  EXPECT_EQ(count, 3u);
  EXPECT_NE(nodes[2], nullptr);
  EXPECT_EQ(nodes[3], nullptr);

  CUgraphExec exec = nullptr;
  EXPECT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  for (unsigned char value = 10; value < 13; ++value) {
    host[0] = value;
    EXPECT_EQ(cuGraphLaunch(exec, queue), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(queue), CUDA_SUCCESS);
    EXPECT_EQ(host[4], value + 1);
  }
  EXPECT_EQ(sum.runs, 3);
  EXPECT_EQ(sum.released, 0);
  EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
  EXPECT_EQ(sum.released, 1);
}

TEST_F(Graphs, TakeOtherStreamsIn) {
  const CUstream origin = stream();
  const CUstream helper = stream();
  const CUevent fork = event();
  const CUevent join = event();
  const CUdeviceptr memory = device(8);
  begin(origin, CU_STREAM_CAPTURE_MODE_GLOBAL);
  EXPECT_EQ(cuEventRecord(fork, origin), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(helper, fork, 0), CUDA_SUCCESS);
  CUstreamCaptureStatus capturing;
  EXPECT_EQ(cuStreamIsCapturing(helper, &capturing), CUDA_SUCCESS);
  EXPECT_EQ(capturing, CU_STREAM_CAPTURE_STATUS_ACTIVE);
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, origin), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(memory + 4, 2, 4, helper), CUDA_SUCCESS);
  EXPECT_EQ(cuEventRecord(join, helper), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(origin, join, 0), CUDA_SUCCESS);
  const CUgraphExec exec = end(origin);
  EXPECT_EQ(cuStreamIsCapturing(helper, &capturing), CUDA_SUCCESS);
  EXPECT_EQ(capturing, CU_STREAM_CAPTURE_STATUS_NONE);
  EXPECT_EQ(cuGraphLaunch(exec, helper), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(helper), CUDA_SUCCESS);
  EXPECT_EQ(static_cast<unsigned char*>(emuMemory(memory, 8))[7], 2);
  EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
}

TEST_F(Graphs, RunOneLaunchAtATime) {
  emuSet("latency copy=2ms");
  const CUstream first = stream();
  const CUstream second = stream();
  const CUdeviceptr memory = device(4);
  begin(first);
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, first), CUDA_SUCCESS);
  const CUgraphExec exec = end(first);
  EXPECT_EQ(cuGraphLaunch(exec, first), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphLaunch(exec, second), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(second), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphLaunch(exec, first), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(first), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
}

TEST_F(Graphs, AreCheckedLikeOtherWork) {
  const CUstream queue = stream();
  const CUdeviceptr memory = device(4);
  begin(queue);
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, queue), CUDA_SUCCESS);
  const CUgraphExec exec = end(queue);
  EXPECT_EQ(cuGraphLaunch(exec, queue), CUDA_SUCCESS);
  EXPECT_EQ(cuMemFree(memory), CUDA_SUCCESS);
  EXPECT_NE(take_reports().find("is freed while cuGraphLaunch"), std::string::npos);
  forget(memory);
  EXPECT_EQ(cuGraphLaunch(exec, queue), CUDA_ERROR_INVALID_VALUE);
  EXPECT_NE(take_reports().find("cuMemsetD8Async of the graph uses memory that was freed"), std::string::npos);
  EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
  EXPECT_NE(take_reports().find("is destroyed while a launch may not be over"), std::string::npos);
  EXPECT_EQ(cuGraphLaunch(exec, queue), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_NE(take_reports().find("was destroyed"), std::string::npos);
}

TEST_F(Graphs, AskingEndsACapture) {
  const CUstream queue = stream();
  begin(queue, CU_STREAM_CAPTURE_MODE_RELAXED);
  expect_broken(queue, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuStreamSynchronize: asks a stream that captures",
                [&] { return cuStreamSynchronize(queue); });
  begin(queue, CU_STREAM_CAPTURE_MODE_RELAXED);
  expect_broken(queue, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuStreamQuery: asks a stream that captures",
                [&] { return cuStreamQuery(queue); });
  begin(queue, CU_STREAM_CAPTURE_MODE_RELAXED);
  expect_broken(queue, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuCtxSynchronize: asks a stream that captures",
                [&] { return cuCtxSynchronize(); });
  const CUevent recorded = event();
  begin(queue, CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQ(cuEventRecord(recorded, queue), CUDA_SUCCESS);
  expect_broken(queue, CUDA_ERROR_CAPTURED_EVENT, "cuEventQuery: the event was recorded last in a capture",
                [&] { return cuEventQuery(recorded); });
}

TEST_F(Graphs, UnsafeCallsEndACapture) {
  const CUstream queue = stream();
  const CUstream other = stream();
  begin(queue);
  expect_broken(queue, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuStreamSynchronize: called by a thread that captures",
                [&] { return cuStreamSynchronize(other); });
  begin(queue);
  expect_broken(queue, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuMemAlloc: called by a thread that captures", [&] {
    CUdeviceptr memory = 0;
    return cuMemAlloc(&memory, 4);
  });
  begin(queue, CU_STREAM_CAPTURE_MODE_GLOBAL);
  expect_broken(queue, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "cuMemHostAlloc: called during a global capture", [&] {
    CUresult status = CUDA_SUCCESS;
    std::thread([&] {
      void* memory = nullptr;
      cuCtxSetCurrent(context_);
      status = cuMemHostAlloc(&memory, 4, 0);
    }).join();
    return status;
  });
}

TEST_F(Graphs, SafeCallsDoNot) {
  const CUstream queue = stream();
  begin(queue);
  std::thread([&] {
    cuCtxSetCurrent(context_);
    EXPECT_EQ(cuStreamSynchronize(stream()), CUDA_SUCCESS);
    device(4);
  }).join();
  EXPECT_EQ(cuGraphExecDestroy(end(queue)), CUDA_SUCCESS);
}

TEST_F(Graphs, StreamsMustComeFromTheCapture) {
  const CUstream origin = stream();
  const CUstream other = stream();
  const CUevent outside = event();
  EXPECT_EQ(cuEventRecord(outside, other), CUDA_SUCCESS);
  begin(origin);
  expect_broken(origin, CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "waits for an event from outside of the capture",
                [&] { return cuStreamWaitEvent(origin, outside, 0); });
  begin(origin);
  EXPECT_EQ(cuEventRecord(outside, origin), CUDA_SUCCESS);
  begin(other);
  expect_broken(other, CUDA_ERROR_STREAM_CAPTURE_MERGE, "waits for an event of another capture",
                [&] { return cuStreamWaitEvent(other, outside, 0); });
  CUgraph graph = nullptr;
  EXPECT_EQ(cuStreamEndCapture(origin, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
}

TEST_F(Graphs, StreamsMustBeJoinedBack) {
  const CUstream origin = stream();
  const CUstream helper = stream();
  const CUevent fork = event();
  const CUdeviceptr memory = device(4);
  CUgraph graph = nullptr;
  begin(origin);
  EXPECT_EQ(cuEventRecord(fork, origin), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(helper, fork, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, helper), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamEndCapture(helper, &graph), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
  take_reports();
  EXPECT_EQ(cuStreamEndCapture(origin, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  begin(origin);
  EXPECT_EQ(cuEventRecord(fork, origin), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamWaitEvent(helper, fork, 0), CUDA_SUCCESS);
  EXPECT_EQ(cuMemsetD8Async(memory, 1, 4, helper), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamEndCapture(origin, &graph), CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  EXPECT_EQ(graph, nullptr);
  EXPECT_NE(take_reports().find("was not joined back"), std::string::npos);
}

TEST_F(Graphs, BelongToTheThreadThatCaptures) {
  const CUstream queue = stream();
  begin(queue);
  CUgraph graph = nullptr;
  EXPECT_EQ(cuStreamBeginCapture(queue, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_ERROR_ILLEGAL_STATE);
  std::thread([&] {
    cuCtxSetCurrent(context_);
    EXPECT_EQ(cuStreamEndCapture(queue, &graph), CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
  }).join();
  EXPECT_EQ(cuStreamEndCapture(queue, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(cuStreamEndCapture(queue, &graph), CUDA_ERROR_ILLEGAL_STATE);
  EXPECT_EQ(cuStreamBeginCapture(nullptr, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  take_reports();
}

}  // namespace
}  // namespace enginery
