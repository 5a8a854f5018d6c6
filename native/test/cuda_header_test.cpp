// Our declarations of the CUDA driver API against NVIDIA's cuda.h: compiling this file is the test.
//
// Types need not be identical (cuda.h has enums where we have integers), but must be passed alike.
#include <cuda.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "core/cuda_driver.h"

namespace enginery {
namespace {

template <typename Ours, typename Theirs>
constexpr bool passed_alike() {
  if constexpr (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>) {
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

#define CHECK_FUNCTION(name) \
  static_assert(Same<decltype(CudaDriver::name), decltype(&::name)>::value, #name " is declared otherwise in cuda.h")

CHECK_FUNCTION(cuInit);
CHECK_FUNCTION(cuDriverGetVersion);
CHECK_FUNCTION(cuDeviceGetCount);
CHECK_FUNCTION(cuDeviceGet);
CHECK_FUNCTION(cuDeviceGetName);
CHECK_FUNCTION(cuDeviceGetAttribute);
CHECK_FUNCTION(cuDeviceTotalMem_v2);
CHECK_FUNCTION(cuGetErrorName);
CHECK_FUNCTION(cuGetErrorString);

static_assert(kCudaSuccess == CUDA_SUCCESS);
static_assert(kCudaNoDevice == CUDA_ERROR_NO_DEVICE);
static_assert(kCudaComputeCapabilityMajor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(kCudaComputeCapabilityMinor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);

TEST(CudaHeader, DeclarationsAgree) { SUCCEED() << "compared with CUDA " << CUDA_VERSION; }

}  // namespace
}  // namespace enginery
