// @no-feature our declarations against NVIDIA's, over no driver
// Our declarations of the CUDA driver API against NVIDIA's cuda.h: most of the test is that this file compiles. What
// the header says in words is read from the path that the macro ENGINERY_CUDA_HEADER has.
//
// Types need not be identical (cuda.h has enums where we have integers), but must be passed alike.
#include <cuda.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <type_traits>

#include "core/cuda_driver.h"

namespace enginery {
namespace {

// What cuda.h calls the objects behind our handles.
template <typename Ours>
struct TheirObject {};
template <>
struct TheirObject<CudaContextObject> : std::type_identity<CUctx_st> {};
template <>
struct TheirObject<CudaStreamObject> : std::type_identity<CUstream_st> {};
template <>
struct TheirObject<CudaEventObject> : std::type_identity<CUevent_st> {};
template <>
struct TheirObject<CudaGraphObject> : std::type_identity<CUgraph_st> {};
template <>
struct TheirObject<CudaGraphExecObject> : std::type_identity<CUgraphExec_st> {};

template <typename Ours, typename Theirs>
constexpr bool passed_alike() {
  if constexpr (std::is_class_v<Ours>) {
    return std::is_same_v<typename TheirObject<Ours>::type, Theirs>;
  } else if constexpr (std::is_void_v<Ours>) {
    return std::is_void_v<Theirs>;
  } else if constexpr (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>) {
    using O = std::remove_pointer_t<Ours>;
    using T = std::remove_pointer_t<Theirs>;
    return std::is_const_v<O> == std::is_const_v<T> && passed_alike<std::remove_const_t<O>, std::remove_const_t<T>>();
  } else if constexpr (std::is_pointer_v<Ours> || std::is_pointer_v<Theirs>) {
    return false;
  } else {
    constexpr auto whole = [](auto type) {
      using Type = typename decltype(type)::type;
      return std::is_integral_v<Type> || std::is_enum_v<Type>;
    };
    return whole(std::type_identity<Ours>{}) && whole(std::type_identity<Theirs>{}) && sizeof(Ours) == sizeof(Theirs);
  }
}

template <typename Ours, typename Theirs>
struct Same : std::false_type {};
template <typename OurResult, typename... Ours, typename TheirResult, typename... Theirs>
struct Same<OurResult (*)(Ours...), TheirResult (*)(Theirs...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(Ours) != sizeof...(Theirs)) {
      return false;
    } else {
      return passed_alike<OurResult, TheirResult>() && (passed_alike<Ours, Theirs>() && ...);
    }
  }();
};

#define CHECK_FUNCTION(name, parameters) \
  static_assert(Same<decltype(CudaDriver::name), decltype(&::name)>::value, #name " is declared otherwise in cuda.h");
ENGINERY_CUDA_DESCRIPTION(CHECK_FUNCTION)
ENGINERY_CUDA_EXECUTION(CHECK_FUNCTION)

#define CHECK_ERROR(name, number) static_assert(CUDA_ERROR_##name == number);
ENGINERY_CUDA_STICKY_ERRORS(CHECK_ERROR)

static_assert(kCudaSuccess == CUDA_SUCCESS);
static_assert(kCudaOutOfMemory == CUDA_ERROR_OUT_OF_MEMORY);
static_assert(kCudaNoDevice == CUDA_ERROR_NO_DEVICE);
static_assert(kCudaComputeCapabilityMajor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(kCudaComputeCapabilityMinor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(kCudaStreamNonBlocking == CU_STREAM_NON_BLOCKING);
static_assert(kCudaEventBlockingSync == CU_EVENT_BLOCKING_SYNC);
static_assert(kCudaEventDisableTiming == CU_EVENT_DISABLE_TIMING);

TEST(CudaHeader, DeclarationsAgree) { SUCCEED() << "compared with CUDA " << CUDA_VERSION; }

// Its comments stand before what they are about.
TEST(CudaHeader, EveryErrorThatEndsAProcessIsSticky) {
  std::ifstream header(ENGINERY_CUDA_HEADER);
  const std::string text(std::istreambuf_iterator<char>(header), {});
  const std::regex said_of(R"(terminated[\s*]+and[\s*]+relaunched([^/]|[^*]/)*\*/\s*(CUDA_ERROR_\w+)\s*=\s*(\d+))");
  int found = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), said_of), end; it != end; ++it, ++found) {
    EXPECT_TRUE(is_sticky(std::stoi((*it)[3]))) << (*it)[2];
  }
  EXPECT_GT(found, 10);
}

}  // namespace
}  // namespace enginery
