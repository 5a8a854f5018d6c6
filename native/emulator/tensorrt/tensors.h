// Names, numbers and sizes of tensors between TensorRT's terms and ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/element_type.h"
#include "tensorrt/family.h"

namespace enginery::emulator {

// False where TensorRT has no such type (float64, strings, …).
bool to_tensorrt(ElementType type, nvinfer1::DataType& out);
ElementType from_tensorrt(nvinfer1::DataType type);

nvinfer1::Dims to_dims(const std::vector<int64_t>& dims);
std::vector<int64_t> from_dims(const nvinfer1::Dims& dims);

// As the addresses of tensors must be.
constexpr size_t kAlignment = 256;
inline bool is_aligned(const void* data) { return reinterpret_cast<uintptr_t>(data) % kAlignment == 0; }

std::string show(const std::vector<int64_t>& dims);  // "[1, 28]"

bool is_dynamic(const std::vector<int64_t>& dims);

// Of a shape without -1; 0 where it has one.
size_t bytes_of(nvinfer1::DataType type, const std::vector<int64_t>& dims);

}  // namespace enginery::emulator
