#include <string>

#include "cuda/call.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

thread_local CUcontext current = nullptr;

template <typename Object, typename Handle>
std::vector<std::shared_ptr<Object>> owned_by(const Context& context, const Handles<Object, Handle>& handles) {
  std::vector<std::shared_ptr<Object>> owned;
  for (const auto& [id, object] : handles.live()) {
    if (object->context.get() == &context) owned.push_back(object);
  }
  return owned;
}

std::vector<std::shared_ptr<Allocation>> memory_of(const Context& context) {
  std::vector<std::shared_ptr<Allocation>> owned;
  for (const auto& [address, allocation] : machine().allocations) {
    if (allocation->context.get() == &context) owned.push_back(allocation);
  }
  return owned;
}

// All that lives in the context goes with it, and is reported: who made it forgot it.
void destroy(Call& call, const std::shared_ptr<Context>& context) {
  Machine& all = machine();
  const bool was_lost = context->lost != CUDA_SUCCESS;
  const auto complain = [&](const char* kind, size_t count) {
    if (count > 0 && !was_lost) {
      call.report("the context is destroyed with this still live in it: " + std::string(kind) + " " +
                  std::to_string(count));
    }
  };
  const auto streams = owned_by(*context, all.streams);
  const auto events = owned_by(*context, all.events);
  const auto graphs = owned_by(*context, all.graph_execs);
  const auto memory = memory_of(*context);
  complain(all.streams.kind(), streams.size());
  complain(all.events.kind(), events.size());
  complain(all.graph_execs.kind(), graphs.size());
  complain("memory", memory.size());

  context->lost = CUDA_ERROR_CONTEXT_IS_DESTROYED;
  all.progress.notify_all();
  for (const auto& stream : streams) {
    if (stream->capture != nullptr) {
      std::erase(all.captures, stream->capture);
      call.doomed.push_back(std::move(stream->capture));
    }
    close_stream(*stream);
    all.streams.remove(*stream);
  }
  for (const auto& event : events) all.events.remove(*event);
  for (const auto& graph : graphs) {
    all.graph_execs.remove(*graph);
    call.doomed.push_back(graph);
  }
  for (const auto& allocation : memory) forget(*allocation);
  Device& device = all.devices[static_cast<size_t>(context->device)];
  device.pool_reserve = 0;
  device.pool_threshold = 0;
  device.primary = nullptr;
  context->default_stream = nullptr;
  context->orphans.clear();
  all.contexts.remove(*context);
}

CUresult device_of(CUdevice ordinal, Device*& out) {
  if (ordinal < 0 || ordinal >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
  out = &machine().devices[static_cast<size_t>(ordinal)];
  return CUDA_SUCCESS;
}

}  // namespace

CUcontext current_context() { return current; }
void set_current_context(CUcontext context) { current = context; }

bool sticky(CUresult status) {
  switch (status) {
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
      return true;
    default:
      return false;
  }
}

void lose(Context& context, CUresult status) {
  if (context.lost == CUDA_SUCCESS) context.lost = status;
  machine().progress.notify_all();
}

}  // namespace emulator

using namespace emulator;

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice ordinal) {
  return driver_call("cuDevicePrimaryCtxRetain", Needs::kDriver, [&](Call&) -> CUresult {
    if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
    Device* device = nullptr;
    if (const CUresult status = device_of(ordinal, device)) return status;
    if (device->primary == nullptr) {
      device->primary = std::make_shared<Context>();
      device->primary->device = ordinal;
      machine().contexts.add(device->primary);
      device->primary->default_stream = open_stream(device->primary, false, true);
      device->primary->default_stream->id = ~device->primary->id;  // that of no other stream
    }
    ++device->primary->retained;
    *context = machine().contexts.handle(*device->primary);
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice ordinal) {
  return driver_call("cuDevicePrimaryCtxRelease", Needs::kDriver, [&](Call& call) -> CUresult {
    Device* device = nullptr;
    if (const CUresult status = device_of(ordinal, device)) return status;
    if (device->primary == nullptr) {
      call.report("the context is released more often than it was retained");
      return CUDA_ERROR_INVALID_CONTEXT;
    }
    const std::shared_ptr<Context> context = device->primary;
    if (--context->retained == 0) destroy(call, context);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSetCurrent(CUcontext handle) {
  return driver_call("cuCtxSetCurrent", Needs::kDriver, [&](Call& call) -> CUresult {
    std::shared_ptr<Context> context;
    if (handle != nullptr && call.find(machine().contexts, handle, context) != CUDA_SUCCESS) {
      return CUDA_ERROR_INVALID_CONTEXT;
    }
    set_current_context(handle);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  return driver_call("cuCtxGetCurrent", Needs::kDriver, [&](Call&) -> CUresult {
    if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *context = current_context();
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetDevice(CUdevice* device) {
  return driver_call("cuCtxGetDevice", Needs::kContext, [&](Call& call) -> CUresult {
    if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *device = call.context->device;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSynchronize() {
  return driver_call("cuCtxSynchronize", Needs::kContext, [&](Call& call) -> CUresult {
    if (const CUresult refused = refuse_in_capture(call)) return refused;
    const auto streams = owned_by(*call.context, machine().streams);
    for (const auto& stream : streams) {
      if (const CUresult refused = refuse_capturing(call, *stream)) return refused;
    }
    const auto orphans = std::move(call.context->orphans);
    const std::shared_ptr<Stream> by_default = call.context->default_stream;
    if (const CUresult status = wait_for(call, *by_default)) return status;
    for (const auto& all : {streams, orphans}) {
      for (const auto& stream : all) {
        if (const CUresult status = wait_for(call, *stream)) return status;
      }
    }
    return CUDA_SUCCESS;
  });
}
