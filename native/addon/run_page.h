// Memory that JS and native code write to for each other, as a value of JS for each number would cost more than a small
// run does. lib/native/run-page.ts has the same layout.
#pragma once

#include <cstddef>
#include <cstdint>

namespace enginery {

struct RunPage {
  static constexpr size_t kRequestNumbers = 1024;
  static constexpr size_t kResultNumbers = 4096;
  static constexpr size_t kRequestBytes = 16 * 1024;
  static constexpr size_t kResultBytes = 64 * 1024;
  static constexpr size_t kSize = (kRequestNumbers + kResultNumbers) * sizeof(double) + kRequestBytes + kResultBytes;

  explicit RunPage(void* data = nullptr)
      : request_numbers(static_cast<double*>(data)),
        result_numbers(request_numbers + kRequestNumbers),
        request_bytes(reinterpret_cast<uint8_t*>(result_numbers + kResultNumbers)),
        result_bytes(request_bytes + kRequestBytes) {}

  double* request_numbers;
  double* result_numbers;
  uint8_t* request_bytes;
  uint8_t* result_bytes;
};

}  // namespace enginery
