// What JS asks of a run, written by lib/native/run-request.ts as numbers: reading them costs nothing, where a value of
// JS for each would.
//
//   request  = outputs, feed of each input
//   outputs  = count, place of each, 1 with targets or 0; with targets, of each: a tensor, or 0 for none
//              (-1 - place where it is to stay on the GPU)
//   feed     = a tensor
//   tensor   = type (ONNX's number), rank, dims, memory
//   memory   = offset among the bytes of the page (0 and more: copied from there)
//            | -1 (the next of `things` is borrowed, and lies in memory of allocate())
//            | -2 (the next of `things` is borrowed, and lies in a SharedArrayBuffer)
//            | -3, count (the next so many of `things` are copied, one below the other; strings are arrays)
//            | -4, number (a device tensor)
#pragma once

#include <cstdint>
#include <span>

#include "addon/device_tensors.h"
#include "addon/napi_setup.h"
#include "addon/run_page.h"
#include "core/run.h"
#include "core/runner.h"

namespace enginery {

// Reads the feeds, outputs and targets of a run. What is copied goes to memory of its own, or, out of the page, to
// `small`. Throws where the request makes no sense. True: some of it is borrowed from a SharedArrayBuffer, which has no
// owner of ours.
bool read_request(Napi::Env env, const RunPage& page, std::span<const double> numbers, const Napi::Value& things,
                  const Runner& runner, const DeviceTensors& device_tensors, ReusedMemory& small, Run& run);

}  // namespace enginery
