// The half of bridge.h that loads engines and runs them.
//
// Threads: an engine may be asked by several threads at once, a context by one at a time. Where there is a CUDA device,
// its context is current on the calling thread. Tensors go by place: inputs first, then outputs, each in the engine's
// order; `input` and `output` are such places, too. Functions that return int32_t without a status give 1, or 0 where
// TensorRT refused; why is in the log.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct EngineryBridgeLibrary;
struct EngineryBridgeSetting;
struct EngineryBridgeCallbacks;
struct EngineryBridgeResult;

// An IRuntime and the ICudaEngine that it made.
struct EngineryEngine;
// An IExecutionContext and what it was made with.
struct EngineryContext;

enum { ENGINERY_BRIDGE_MAX_RANK = 8 };

// In place of a number of bytes, as with trtexec.
enum : int64_t { ENGINERY_BRIDGE_AUTOMATIC_BUDGET = -1, ENGINERY_BRIDGE_NO_BUDGET = -2 };

struct EngineryBridgePlan {
  const void* data;  // valid until load() returns
  size_t size;
  int32_t host_code_allowed;  // a version-compatible plan holds code for the CPU
  // Bytes of the weights that lie in the device's memory, at most; the others stream there in each run. Where the
  // engine cannot do with a budget it is refused as the setting "weightStreamingBudget".
  int64_t weight_budget;
};

struct EngineryBridgeEngineInfo {
  const char* name;
  int32_t inputs;
  int32_t outputs;
  int32_t profiles;
  int32_t refittable;
  int64_t scratch_bytes;   // device memory that a context takes for itself, at most
  int64_t streamed_bytes;  // of the weights, that do not lie in the device's memory
};

struct EngineryBridgeIoTensor {
  const char* name;
  const char* type;  // the façade's names of element types
  int32_t host;      // its elements lie in the CPU's memory: what shapes are computed from, or to
  int32_t alias;     // of an output: the place of the input that it must share its address with; -1 where there is none
  int32_t rank;
  int64_t dims[ENGINERY_BRIDGE_MAX_RANK];  // -1 where dynamic
};

// Bounds that a profile sets to one input: of its dimensions, or, where `host` is set, of its elements.
struct EngineryBridgeBounds {
  int32_t count;
  const int64_t* min;
  const int64_t* opt;
  const int64_t* max;
};

struct EngineryBridgeBytes {
  const void* data;
  size_t size;
};

struct EngineryBridgeContextOptions {
  // By their names in lib/session; a family refuses those that it does not have.
  const EngineryBridgeSetting* settings;
  size_t setting_count;
  // What save_runtime_cache() gave for the same engine and device; TensorRT-RTX only, null where there is none.
  const void* runtime_cache;
  size_t runtime_cache_size;
};

// Memory for outputs whose size only the run tells. Called by enqueue(), on its thread.
struct EngineryBridgeOutputAllocator {
  void* user;
  // Device memory of at least `size` bytes, aligned to 256; null where there is none.
  void* (*reallocate)(void* user, int32_t output, uint64_t size);
  void (*shape)(void* user, int32_t output, int32_t rank, const int64_t* dims);
};

// A model whose weights an engine is to have from now on.
struct EngineryBridgeRefit {
  void* parser;            // dlopen's handle of TensorRT's ONNX parser
  const char* model_path;  // external data is looked for beside it; null where the model is in memory
  const void* model_data;  // stays valid until the call returns
  size_t model_size;
  void* user;
  // Weights of the engine that the model does not have, or has in another size or type.
  void (*missing)(void* user, const char* weights);
};

struct EngineryBridgeProfiler {
  void* user;
  // What one layer took in a run, in the order of layers. Called by enqueue(), on its thread.
  void (*layer)(void* user, const char* name, float milliseconds);
};

struct EngineryBridgeExecution {
  // Gives an EngineryBridgeStatus. Of `callbacks` only log is called, until load() returns.
  int32_t (*load)(const EngineryBridgeLibrary* library, const EngineryBridgePlan* plan,
                  const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result, EngineryEngine** out);
  // After all its contexts. One that is left keeps the engine until it goes itself.
  void (*unload)(EngineryEngine* engine);

  // What these give lives as long as the engine.
  void (*info)(const EngineryEngine* engine, EngineryBridgeEngineInfo* out);
  void (*tensor)(const EngineryEngine* engine, int32_t place, EngineryBridgeIoTensor* out);
  int32_t (*bounds)(const EngineryEngine* engine, int32_t profile, int32_t input, EngineryBridgeBounds* out);

  // Gives an EngineryBridgeStatus. `callbacks` must live as long as the context: what TensorRT logs in any call on it
  // goes there, on the calling thread; and what it logs on threads of its own, which do not say whose they are, goes to
  // every context.
  int32_t (*create_context)(EngineryEngine* engine, const EngineryBridgeContextOptions* options,
                            const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result,
                            EngineryContext** out);
  void (*destroy_context)(EngineryContext* context);

  // What a run is made of, in this order.
  int32_t (*set_profile)(EngineryContext* context, int32_t profile, void* stream);
  int32_t (*set_shape)(EngineryContext* context, int32_t input, int32_t rank, const int64_t* dims);
  // Never null. Of host tensors an address of the CPU's. Takes the place of an output's allocator.
  int32_t (*set_address)(EngineryContext* context, int32_t place, void* address);
  // After all shapes, and the addresses of host inputs. -1 where only the run tells.
  int32_t (*output_dims)(EngineryContext* context, int32_t output, int32_t* rank, int64_t* dims);
  // `allocator` must live as long as the context. For outputs with a dimension of -1.
  int32_t (*set_output_allocator)(EngineryContext* context, int32_t output,
                                  const EngineryBridgeOutputAllocator* allocator);
  int32_t (*enqueue)(EngineryContext* context, void* stream);

  // Gives the cache of compiled kernels to callbacks->write; TensorRT-RTX only, elsewhere it writes nothing.
  int32_t (*save_runtime_cache)(EngineryContext* context, const EngineryBridgeCallbacks* callbacks);

  // Gives callbacks->write what two such caches hold together. 0 where TensorRT does not take one of them, and where
  // it is not TensorRT-RTX. Contexts of the engine may be at work.
  int32_t (*merge_runtime_caches)(EngineryEngine* engine, const EngineryBridgeBytes* first,
                                  const EngineryBridgeBytes* second, const EngineryBridgeCallbacks* callbacks);

  // Gives an EngineryBridgeStatus. No run may be under way on any context of the engine; all of them stay good. Of
  // `callbacks` only log and parser_error are called.
  int32_t (*refit)(EngineryEngine* engine, const EngineryBridgeRefit* refit, const EngineryBridgeCallbacks* callbacks,
                   EngineryBridgeResult* result);

  // Gives TensorRT's description of the engine's layers, JSON, to callbacks->write. With a context, which may be null,
  // dimensions are those of the shapes that it has now.
  int32_t (*inspect)(EngineryEngine* engine, EngineryContext* context, const EngineryBridgeCallbacks* callbacks);

  // `profiler` must live as long as the context. From now on enqueue() waits until its work is done.
  void (*set_profiler)(EngineryContext* context, const EngineryBridgeProfiler* profiler);
};

}  // extern "C"
