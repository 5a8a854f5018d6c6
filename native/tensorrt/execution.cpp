// The functions of execution.h: no exception leaves them, and what TensorRT logs in them goes where they say.
#include "tensorrt/execution.h"

#include <exception>
#include <memory>

#include "tensorrt/context.h"
#include "tensorrt/engine.h"
#include "tensorrt/execution_table.h"
#include "tensorrt/logger.h"
#include "tensorrt/operation.h"
#include "tensorrt/refit.h"
#include "tensorrt/runtime_config.h"

// Contexts hold the engine as well: it goes after the last of them, whatever the order of the calls.
struct EngineryEngine {
  std::shared_ptr<const enginery::Engine> engine;
};

struct EngineryContext final : enginery::Context {
  using enginery::Context::Context;
};

namespace enginery {
namespace {

template <typename Work>
int32_t guarded(Operation& operation, Work work) noexcept {
  const LogScope scope(&operation);
  try {
    return work();
  } catch (const std::exception& error) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, error.what());
  } catch (...) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "an exception of unknown type");
  }
}

int32_t load(const EngineryBridgeLibrary* library, const EngineryBridgePlan* plan,
             const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result, EngineryEngine** out) {
  Operation operation(*library, *callbacks, *result);
  return guarded(operation, [&]() -> int32_t {
    const LiveOperation live(operation);
    auto handle = std::make_unique<EngineryEngine>();
    const int32_t status = Engine::load(operation, *plan, handle->engine);
    if (status == ENGINERY_BRIDGE_OK) *out = handle.release();
    return status;
  });
}

void unload(EngineryEngine* engine) noexcept {
  const LogScope nowhere(nullptr);
  delete engine;
}

void info(const EngineryEngine* engine, EngineryBridgeEngineInfo* out) noexcept { *out = engine->engine->info(); }

void tensor(const EngineryEngine* engine, int32_t place, EngineryBridgeIoTensor* out) noexcept {
  *out = engine->engine->tensors()[static_cast<size_t>(place)];
}

int32_t bounds(const EngineryEngine* engine, int32_t profile, int32_t input, EngineryBridgeBounds* out) noexcept {
  return engine->engine->bounds(profile, input, *out) ? 1 : 0;
}

int32_t create_context(EngineryEngine* engine, const EngineryBridgeContextOptions* options,
                       const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result, EngineryContext** out) {
  Operation operation(engine->engine->library(), *callbacks, *result);
  return guarded(operation, [&] {
    auto context = std::make_unique<EngineryContext>(engine->engine, *callbacks);
    const LogScope scope(&context->operation());
    const int32_t status = context->create(*options);
    *result = context->result();
    if (status == ENGINERY_BRIDGE_OK) *out = context.release();
    return status;
  });
}

void destroy_context(EngineryContext* context) noexcept {
  if (context == nullptr) return;
  const LogScope scope(&context->operation());
  delete context;
}

// A call that gives 1 or 0.
template <typename Work>
int32_t logged(Operation& operation, Work work) noexcept {
  const LogScope scope(&operation);
  try {
    return work() ? 1 : 0;
  } catch (...) {
    return 0;  // there was no memory for a line in the log
  }
}

// Of a run.
template <typename Work>
int32_t logged(EngineryContext* context, Work work) noexcept {
  return logged(context->operation(), [&] { return work(*context); });
}

int32_t set_profile(EngineryContext* context, int32_t profile, void* stream) {
  return logged(context, [=](Context& it) { return it.set_profile(profile, stream); });
}

int32_t set_shape(EngineryContext* context, int32_t input, int32_t rank, const int64_t* dims) {
  return logged(context, [=](Context& it) { return it.set_shape(input, rank, dims); });
}

int32_t set_address(EngineryContext* context, int32_t place, void* address) {
  return logged(context, [=](Context& it) { return it.set_address(place, address); });
}

int32_t output_dims(EngineryContext* context, int32_t output, int32_t* rank, int64_t* dims) {
  return logged(context, [=](Context& it) { return it.output_dims(output, *rank, dims); });
}

int32_t set_output_allocator(EngineryContext* context, int32_t output, const EngineryBridgeOutputAllocator* allocator) {
  return logged(context, [=](Context& it) { return it.set_output_allocator(output, *allocator); });
}

int32_t enqueue(EngineryContext* context, void* stream) {
  return logged(context, [=](Context& it) { return it.enqueue(stream); });
}

int32_t save_runtime_cache(EngineryContext* context, const EngineryBridgeCallbacks* callbacks) {
  return logged(context, [=](Context& it) { return it.save_runtime_cache(*callbacks); });
}

int32_t merge_runtime_caches(EngineryEngine* engine, const EngineryBridgeBytes* first,
                             const EngineryBridgeBytes* second, const EngineryBridgeCallbacks* callbacks) {
  EngineryBridgeResult result{};
  Operation operation(engine->engine->library(), *callbacks, result);
  return logged(operation,
                [&] { return RuntimeConfig::merge_caches(engine->engine->engine(), *first, *second, *callbacks); });
}

int32_t refit(EngineryEngine* engine, const EngineryBridgeRefit* refit, const EngineryBridgeCallbacks* callbacks,
              EngineryBridgeResult* result) {
  Operation operation(engine->engine->library(), *callbacks, *result);
  return guarded(operation, [&] {
    const LiveOperation live(operation);
    return refit_engine(operation, *engine->engine, *refit);
  });
}

int32_t inspect(EngineryEngine* engine, EngineryContext* context, const EngineryBridgeCallbacks* callbacks) {
  EngineryBridgeResult result{};
  Operation operation(engine->engine->library(), *callbacks, result);
  return logged(operation, [&] {
    return engine->engine->inspect(context == nullptr ? nullptr : &context->context(), *callbacks);
  });
}

void set_profiler(EngineryContext* context, const EngineryBridgeProfiler* profiler) noexcept {
  const LogScope scope(&context->operation());
  context->set_profiler(*profiler);
}

}  // namespace

const EngineryBridgeExecution kExecution{
    &load,
    &unload,
    &info,
    &tensor,
    &bounds,
    &create_context,
    &destroy_context,
    &set_profile,
    &set_shape,
    &set_address,
    &output_dims,
    &set_output_allocator,
    &enqueue,
    &save_runtime_cache,
    &merge_runtime_caches,
    &refit,
    &inspect,
    &set_profiler,
};

}  // namespace enginery
