// The small C ABI between our code and TensorRT.
//
// One implementation (bridge.cpp and its neighbours) is compiled once per ABI family of TensorRT's C++ classes into
// enginery_trt_<family>.so; only that module includes NVIDIA headers. Everything that crosses here is a plain struct, a
// function pointer or an opaque handle; options cross by name, because their numbers differ between families. No
// exception leaves either side.
//
// Threads: every function may be called from any thread, several at once. Callbacks fire on TensorRT's threads as well
// as on the caller's, and are over when the function that took them returns.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

enum { ENGINERY_BRIDGE_ABI = 6 };

// How a bridge call ended. The particulars go through EngineryBridgeCallbacks before the call returns.
enum EngineryBridgeStatus : int32_t {
  ENGINERY_BRIDGE_OK = 0,
  ENGINERY_BRIDGE_CANCELLED = 1,        // progress() asked for it
  ENGINERY_BRIDGE_NO_BUILDER = 2,       // createInferBuilder gave null: the reason is in the log
  ENGINERY_BRIDGE_PARSE_FAILED = 3,     // parser errors were reported one by one
  ENGINERY_BRIDGE_SETTING_REFUSED = 4,  // EngineryBridgeResult::refused names it
  ENGINERY_BRIDGE_PROFILE_REFUSED = 5,  // likewise: the input's name
  ENGINERY_BRIDGE_BUILD_FAILED = 6,     // the reason is in the log
  ENGINERY_BRIDGE_WRITE_FAILED = 7,     // write() returned 0, or TensorRT wrote nonsense
  ENGINERY_BRIDGE_INTERNAL = 8,         // an exception or a null where TensorRT promises none
  ENGINERY_BRIDGE_NO_ENGINE = 9,        // the plan is none, or does not fit here: the reason is in the log
  ENGINERY_BRIDGE_NO_CONTEXT = 10,      // createExecutionContext gave null: likewise
  ENGINERY_BRIDGE_NOT_REFITTABLE = 11,  // the engine was not built for it
  ENGINERY_BRIDGE_REFIT_REFUSED = 12,   // the model does not fit, and the engine is as before
  ENGINERY_BRIDGE_REFIT_FAILED = 13,    // the engine may have some new weights and some old ones
  ENGINERY_BRIDGE_NO_RUNTIME = 14,      // CUDA does not work for TensorRT: the reason is in the log
  ENGINERY_BRIDGE_NO_MEMORY = 15,       // the device has too little: likewise
};

// nvinfer1::ILogger::Severity has these values in every family.
enum EngineryBridgeSeverity : int32_t {
  ENGINERY_BRIDGE_LOG_INTERNAL_ERROR = 0,
  ENGINERY_BRIDGE_LOG_ERROR = 1,
  ENGINERY_BRIDGE_LOG_WARNING = 2,
  ENGINERY_BRIDGE_LOG_INFO = 3,
  ENGINERY_BRIDGE_LOG_VERBOSE = 4,
};

// TensorRT's shared objects, opened by the caller and never closed.
struct EngineryBridgeLibrary {
  void* library;       // dlopen's handle of TensorRT
  void* parser;        // and of its ONNX parser
  void* plugins;       // and of its plugin library; null where there is none
  const char* folder;  // where it lies: its internal libraries lie there too
  int32_t version;     // major * 10000 + minor * 100 + patch, read from the library
};

// One setting of the builder configuration, the parser or the network, by its option's name in lib/engine. A list comes
// as several settings of one name.
struct EngineryBridgeSetting {
  const char* name;
  const char* text;  // for settings whose value is a name; otherwise null
  int64_t number;    // for integers, and 0 or 1 for switches
};

// Bounds of one input in one optimization profile. With `values` set, they bound the contents of a shape tensor
// (IOptimizationProfile::setShapeValuesV2); otherwise the dimensions of the input (setDimensions).
struct EngineryBridgeRange {
  int32_t profile;
  const char* input;
  int32_t values;
  int32_t count;
  const int64_t* min;
  const int64_t* opt;
  const int64_t* max;
};

struct EngineryBridgeBuild {
  const char* model_path;  // external data is looked for beside it; null where the model is in memory
  const void* model_data;  // stays valid until the call returns
  size_t model_size;
  int32_t profiles;
  const EngineryBridgeRange* ranges;
  size_t range_count;
  const EngineryBridgeSetting* settings;
  size_t setting_count;
  // With `timing_cache` set, the build starts from these bytes (none: from an empty cache) and ends with
  // EngineryBridgeCallbacks::lock_timing_cache and keep_timing_cache.
  int32_t timing_cache;
  const void* timing_cache_data;
  size_t timing_cache_size;
};

// A run of nodes with none that the parser refuses: refused nodes are in no subgraph. `supported` only where the parser
// takes the whole model, which then is the one subgraph.
struct EngineryBridgeSubgraph {
  int32_t supported;
  const int64_t* nodes;  // places in the graph's list of nodes
  size_t node_count;
};

struct EngineryBridgeParserError {
  const char* code;  // "UNSUPPORTED_NODE", …: the enumerator's name without its k
  const char* node;
  const char* op;
  const char* file;
  int32_t line;
  const char* function;
  const char* description;
};

// A network input or output as TensorRT sees it after parsing.
struct EngineryBridgeTensor {
  const char* name;
  const char* type;  // "float32", "int64", …: the façade's names of element types
  int32_t output;
  int32_t shape_tensor;
  int32_t rank;
  const int64_t* dims;  // -1 where dynamic
};

enum EngineryBridgePhase : int32_t {
  ENGINERY_BRIDGE_PHASE_START = 0,
  ENGINERY_BRIDGE_PHASE_STEP = 1,
  ENGINERY_BRIDGE_PHASE_FINISH = 2,
};

// Pointers handed to a callback are valid during that call only, and never null.
struct EngineryBridgeCallbacks {
  void* user;
  void (*log)(void* user, int32_t severity, const char* message);
  void (*parser_error)(void* user, const EngineryBridgeParserError* error);
  void (*tensor)(void* user, const EngineryBridgeTensor* tensor);
  // Steps are counted from 0; `steps` and `parent` come with START only. Returns 0 to cancel.
  int32_t (*progress)(void* user, int32_t event, const char* phase, const char* parent, int32_t step, int32_t steps);
  // Takes the next piece of the plan. Returns 0 when it could not be kept.
  int32_t (*write)(void* user, const void* data, size_t size);
  // Locks the timing cache's file against other builds and gives what is in it by now: valid until keep_timing_cache,
  // which must follow and unlocks it. Returns 0 when that cannot be done.
  int32_t (*lock_timing_cache)(void* user, const void** data, size_t* size);
  // Null: leave the file as it is.
  void (*keep_timing_cache)(void* user, const void* data, size_t size);
  void (*subgraph)(void* user, const EngineryBridgeSubgraph* subgraph);
};

struct EngineryBridgeResult {
  char refused[256];  // the setting, input or function at fault
};

struct EngineryBridgeExecution;

struct EngineryBridge {
  int32_t abi;             // ENGINERY_BRIDGE_ABI of the module
  const char* family;      // "rtx", "ent11", "ent10"
  int32_t header_version;  // NV_TENSORRT_VERSION it was compiled with
  int32_t (*build)(const EngineryBridgeLibrary* library, const EngineryBridgeBuild* build,
                   const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result);
  // Asks the parser which nodes it takes. Of `build` only the model counts, of `callbacks` only log, parser_error and
  // subgraph. The model's bytes are needed; its path too, where it has external data.
  int32_t (*describe_support)(const EngineryBridgeLibrary* library, const EngineryBridgeBuild* build,
                              const EngineryBridgeCallbacks* callbacks, EngineryBridgeResult* result);
  const EngineryBridgeExecution* execution;  // see execution.h
};

// The only symbol a bridge module exports.
typedef const EngineryBridge* (*EngineryBridgeEntry)(void);
#define ENGINERY_BRIDGE_ENTRY "enginery_bridge"

}  // extern "C"
