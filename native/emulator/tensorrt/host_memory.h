// Bytes that TensorRT hands out.
#pragma once

#include "calls.h"

namespace enginery::emulator {

class HostMemory final : public HostMemoryCalls {
 public:
  HostMemory(ILogger& logger, std::string bytes) : HostMemoryCalls(logger), bytes_(std::move(bytes)) {}

 private:
  void* do_data() const noexcept override { return const_cast<char*>(bytes_.data()); }
  size_t do_size() const noexcept override { return bytes_.size(); }
  DataType do_type() const noexcept override { return DataType::kUINT8; }

  std::string bytes_;
};

}  // namespace enginery::emulator
