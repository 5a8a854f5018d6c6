// The part of ONNX Runtime's C API that this package calls, declared by hand: its header is not shipped with the
// library.
//
// OrtApi is a table of function pointers that only ever grows, so a slot's number is part of its ABI. All slots here
// exist since API version 17 (ONNX Runtime 1.17) or earlier.
#pragma once

#include <cstddef>
#include <cstdint>

namespace enginery::ort {

struct Env;
struct OrtStatus;
struct MemoryInfo;
struct Allocator;
struct SessionHandle;
struct SessionOptions;
struct RunOptions;
struct Value;
struct TypeInfo;
struct TensorInfo;

enum { API_VERSION = 17 };
enum LoggingLevel : int32_t { LOG_VERBOSE = 0, LOG_INFO = 1, LOG_WARNING = 2, LOG_FATAL = 4 };
enum AllocatorType : int32_t { DEVICE_ALLOCATOR = 0 };
enum MemoryType : int32_t { DEFAULT_MEMORY = 0 };
enum ExecutionMode : int32_t { ORT_PARALLEL = 1 };
enum ErrorCode : int32_t {
  INVALID_ARGUMENT = 2,
  NO_SUCH_FILE = 3,
  NO_MODEL = 4,
  INVALID_PROTOBUF = 7,
  INVALID_GRAPH = 10,
};
enum ValueKind : int32_t { TENSOR = 1, SEQUENCE = 2, MAP = 3, OPAQUE = 4, SPARSE_TENSOR = 5, OPTIONAL = 6 };

using LoggingFunction = void (*)(void* user, int32_t level, const char* category, const char* log_id,
                                 const char* location, const char* message);

struct ApiBase {
  const void* const* (*GetApi)(uint32_t version);
  const char* (*GetVersionString)();
};

// SLOT(number, name, result, parameters)
// clang-format off
#define ENGINERY_ORT_SLOTS(SLOT)                                                                                       \
  SLOT(1, GetErrorCode, ErrorCode, (const OrtStatus*))                                                                 \
  SLOT(2, GetErrorMessage, const char*, (const OrtStatus*))                                                            \
  SLOT(3, CreateEnv, OrtStatus*, (LoggingLevel, const char* id, Env**))                                                \
  SLOT(7, CreateSession, OrtStatus*, (const Env*, const char* path, const SessionOptions*, SessionHandle**))           \
  SLOT(8, CreateSessionFromArray, OrtStatus*,                                                                          \
       (const Env*, const void* data, size_t size, const SessionOptions*, SessionHandle**))                            \
  SLOT(9, Run, OrtStatus*,                                                                                             \
       (SessionHandle*, const RunOptions*, const char* const* input_names, const Value* const* inputs,                 \
        size_t input_count, const char* const* output_names, size_t output_count, Value** outputs))                    \
  SLOT(10, CreateSessionOptions, OrtStatus*, (SessionOptions**))                                                       \
  SLOT(13, SetSessionExecutionMode, OrtStatus*, (SessionOptions*, int32_t mode))                                       \
  SLOT(14, EnableProfiling, OrtStatus*, (SessionOptions*, const char* file_prefix))                                    \
  SLOT(17, DisableMemPattern, OrtStatus*, (SessionOptions*))                                                           \
  SLOT(19, DisableCpuMemArena, OrtStatus*, (SessionOptions*))                                                          \
  SLOT(22, SetSessionLogSeverityLevel, OrtStatus*, (SessionOptions*, int level))                                       \
  SLOT(23, SetSessionGraphOptimizationLevel, OrtStatus*, (SessionOptions*, int32_t level))                             \
  SLOT(24, SetIntraOpNumThreads, OrtStatus*, (SessionOptions*, int threads))                                           \
  SLOT(25, SetInterOpNumThreads, OrtStatus*, (SessionOptions*, int threads))                                           \
  SLOT(30, SessionGetInputCount, OrtStatus*, (const SessionHandle*, size_t*))                                          \
  SLOT(31, SessionGetOutputCount, OrtStatus*, (const SessionHandle*, size_t*))                                         \
  SLOT(33, SessionGetInputTypeInfo, OrtStatus*, (const SessionHandle*, size_t index, TypeInfo**))                      \
  SLOT(34, SessionGetOutputTypeInfo, OrtStatus*, (const SessionHandle*, size_t index, TypeInfo**))                     \
  SLOT(36, SessionGetInputName, OrtStatus*, (const SessionHandle*, size_t index, Allocator*, char**))                  \
  SLOT(37, SessionGetOutputName, OrtStatus*, (const SessionHandle*, size_t index, Allocator*, char**))                 \
  SLOT(39, CreateRunOptions, OrtStatus*, (RunOptions**))                                                               \
  SLOT(46, RunOptionsSetTerminate, OrtStatus*, (RunOptions*))                                                          \
  SLOT(48, CreateTensorAsOrtValue, OrtStatus*,                                                                         \
       (Allocator*, const int64_t* dims, size_t rank, int32_t type, Value**))                                          \
  SLOT(49, CreateTensorWithDataAsOrtValue, OrtStatus*,                                                                 \
       (const MemoryInfo*, void* data, size_t size, const int64_t* dims, size_t rank, int32_t type, Value**))          \
  SLOT(51, GetTensorMutableData, OrtStatus*, (Value*, void**))                                                         \
  SLOT(53, GetStringTensorDataLength, OrtStatus*, (const Value*, size_t*))                                             \
  SLOT(54, GetStringTensorContent, OrtStatus*, (const Value*, void* text, size_t size, size_t* offsets, size_t count)) \
  SLOT(55, CastTypeInfoToTensorInfo, OrtStatus*, (const TypeInfo*, const TensorInfo**))                                \
  SLOT(56, GetOnnxTypeFromTypeInfo, OrtStatus*, (const TypeInfo*, ValueKind*))                                         \
  SLOT(60, GetTensorElementType, OrtStatus*, (const TensorInfo*, int32_t*))                                            \
  SLOT(61, GetDimensionsCount, OrtStatus*, (const TensorInfo*, size_t*))                                               \
  SLOT(62, GetDimensions, OrtStatus*, (const TensorInfo*, int64_t*, size_t rank))                                      \
  SLOT(63, GetSymbolicDimensions, OrtStatus*, (const TensorInfo*, const char**, size_t rank))                          \
  SLOT(65, GetTensorTypeAndShape, OrtStatus*, (const Value*, TensorInfo**))                                            \
  SLOT(67, GetValueType, OrtStatus*, (const Value*, ValueKind*))                                                       \
  SLOT(69, CreateCpuMemoryInfo, OrtStatus*, (AllocatorType, MemoryType, MemoryInfo**))                                 \
  SLOT(76, AllocatorFree, OrtStatus*, (Allocator*, void*))                                                             \
  SLOT(78, GetAllocatorWithDefaultOptions, OrtStatus*, (Allocator**))                                                  \
  SLOT(93, ReleaseStatus, void, (OrtStatus*))                                                                          \
  SLOT(95, ReleaseSession, void, (SessionHandle*))                                                                     \
  SLOT(96, ReleaseValue, void, (Value*))                                                                               \
  SLOT(97, ReleaseRunOptions, void, (RunOptions*))                                                                     \
  SLOT(98, ReleaseTypeInfo, void, (TypeInfo*))                                                                         \
  SLOT(99, ReleaseTensorTypeAndShapeInfo, void, (TensorInfo*))                                                         \
  SLOT(100, ReleaseSessionOptions, void, (SessionOptions*))                                                            \
  SLOT(124, AddFreeDimensionOverrideByName, OrtStatus*, (SessionOptions*, const char* name, int64_t size))             \
  SLOT(130, AddSessionConfigEntry, OrtStatus*, (SessionOptions*, const char* key, const char* value))                  \
  SLOT(228, RegisterCustomOpsLibrary_V2, OrtStatus*, (SessionOptions*, const char* path))                              \
  SLOT(252, GetResizedStringTensorElementBuffer, OrtStatus*, (Value*, size_t index, size_t size, char**))              \
  SLOT(266, SetUserLoggingFunction, OrtStatus*, (SessionOptions*, LoggingFunction, void* user))
// clang-format on

struct Api {
  Api() = default;
  explicit Api(const void* const* table) {
#define ENGINERY_ORT_READ(number, name, result, parameters) \
  name = reinterpret_cast<decltype(name)>(const_cast<void*>(table[number]));
    ENGINERY_ORT_SLOTS(ENGINERY_ORT_READ)
#undef ENGINERY_ORT_READ
  }

#define ENGINERY_ORT_DECLARE(number, name, result, parameters) result(*name) parameters = nullptr;
  ENGINERY_ORT_SLOTS(ENGINERY_ORT_DECLARE)
#undef ENGINERY_ORT_DECLARE
};

}  // namespace enginery::ort
