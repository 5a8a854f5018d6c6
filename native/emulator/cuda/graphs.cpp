#include <string>

#include "cuda/call.h"

namespace emulator {
namespace {

bool all_live(const Call& call, const std::vector<Node>& nodes) {
  bool live = true;
  for (const Node& node : nodes) {
    for_each_range(node.work, [&](const Range& range, bool) {
      if (range.allocation->live) return;
      call.report(std::string(node.what) + " of the graph uses memory that was freed: " + range.allocation->text());
      live = false;
    });
  }
  return live;
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult cuGraphGetNodes(CUgraph handle, CUgraphNode* nodes, size_t* count) {
  return driver_call("cuGraphGetNodes", Needs::kDriver, [&](Call& call) -> CUresult {
    if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Graph> graph;
    if (const CUresult status = call.find(machine().graphs, handle, graph)) return status;
    const size_t actual = graph->nodes->size();
    if (nodes != nullptr) {
      for (size_t i = 0; i < *count; ++i) {
        // A handle for nothing: no function that we have takes one.
        nodes[i] = i < actual ? reinterpret_cast<CUgraphNode>((uint64_t{0x26} << 48) + i) : nullptr;
      }
    }
    *count = nodes == nullptr ? actual : std::min(*count, actual);
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphDestroy(CUgraph handle) {
  return driver_call("cuGraphDestroy", Needs::kDriver, [&](Call& call) -> CUresult {
    std::shared_ptr<Graph> graph;
    if (const CUresult status = call.find(machine().graphs, handle, graph)) return status;
    machine().graphs.remove(*graph);
    call.doomed.push_back(std::move(graph));
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph handle, unsigned long long) {
  return driver_call("cuGraphInstantiateWithFlags", Needs::kContext, [&](Call& call) -> CUresult {
    if (exec == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Graph> graph;
    if (const CUresult status = call.find(machine().graphs, handle, graph)) return status;
    auto fresh = std::make_shared<GraphExec>();
    fresh->context = call.context;
    fresh->nodes = graph->nodes;
    *exec = machine().graph_execs.add(std::move(fresh));
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphExecDestroy(CUgraphExec handle) {
  return driver_call("cuGraphExecDestroy", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<GraphExec> exec;
    if (const CUresult status = call.find(machine().graph_execs, handle, exec)) return status;
    const Point& last = exec->last;
    if (last.stream != nullptr && !seen_to_finish(*last.stream, last.index)) {
      call.report("executable graph " + std::to_string(exec->id) + " is destroyed while a launch may not be over");
    }
    machine().graph_execs.remove(*exec);
    call.doomed.push_back(std::move(exec));
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  return driver_call("cuGraphLaunch", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<GraphExec> exec;
    std::shared_ptr<Stream> stream;
    if (const CUresult status = call.find(machine().graph_execs, handle, exec)) return status;
    if (const CUresult status = stream_for_work(call, stream_handle, stream)) return status;
    if (exec->context != stream->context) {
      call.report("the graph and the stream are of different devices");
      return CUDA_ERROR_INVALID_HANDLE;
    }
    if (stream->context != call.context) return CUDA_ERROR_INVALID_HANDLE;
    if (!all_live(call, *exec->nodes)) return CUDA_ERROR_INVALID_VALUE;
    if (stream->capture != nullptr) return enqueue(call, stream, Replay{exec->nodes, nullptr});
    if (exec->last.stream != nullptr && exec->last.stream != stream) {
      stream->clock.join(exec->clock);
      if (const CUresult status = enqueue(call, stream, Wait{exec->last})) return status;
    }
    return enqueue(call, stream, Replay{exec->nodes, exec});
  });
}
