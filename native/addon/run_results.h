// What came of runs, for JS: mostly numbers, read by lib/native/run-results.ts.
//
//   results = count of numbers, where they are on the page, bytes too, and there are no values; else [numbers, bytes,
//             values]
//   numbers = runs, one after the other
//   run     = slot, 0 (the next of `values` says why it failed)
//           | slot, 1, queue ms, compute ms, count of outputs, output of each
//   output  = 0 (it is in its target) | type (ONNX's number), rank, dims, offset in `bytes`
//           | type, rank, dims, -1 (the next of `values` is its elements)
//           | type, rank, dims, -2, number (it has stayed on the GPU), bytes, that GPU's ordinal
#pragma once

#include <cstdint>
#include <vector>

#include "addon/device_tensors.h"
#include "addon/napi_setup.h"
#include "addon/run_page.h"
#include "core/run.h"

namespace enginery {

// Gathers the results of several runs. JS thread only.
class RunResults {
 public:
  // Adds those that stay on a GPU to `device_tensors`.
  explicit RunResults(DeviceTensors& device_tensors) : device_tensors_(device_tensors) {}

  void add(Napi::Env env, uint32_t slot, const Run& run);
  // Gives what was added, and begins anew.
  Napi::Value take(Napi::Env env, const RunPage& page);

 private:
  void add_output(Napi::Env env, const TensorBuffer& output);
  Napi::Value to_values(Napi::Env env) const;

  DeviceTensors& device_tensors_;
  std::vector<double> numbers_;
  std::vector<uint8_t> bytes_;
  std::vector<napi_value> values_;  // in the caller's handle scope
};

}  // namespace enginery
