// What an opened model says of its inputs and outputs.
#pragma once

#include <vector>

#include "core/runner.h"
#include "core/status.h"
#include "ort/ort_library.h"

namespace enginery::ort {

Status describe_inputs(const Library& library, const SessionHandle* session, std::vector<TensorSpec>& out);
Status describe_outputs(const Library& library, const SessionHandle* session, std::vector<TensorSpec>& out);

}  // namespace enginery::ort
