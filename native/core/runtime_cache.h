// The file of kernels that TensorRT-RTX compiled for an engine on a device: the next process need not compile them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace enginery {

class RuntimeCache {
 public:
  // Empty: none.
  explicit RuntimeCache(std::string path);

  // What the file held; empty where there is none.
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  bool wanted() const { return !path_.empty(); }

  // Puts the file in its place in one step. A cache that cannot be kept costs time, not results: false.
  bool keep(const std::vector<uint8_t>& bytes) const;

 private:
  const std::string path_;
  std::vector<uint8_t> bytes_;
};

}  // namespace enginery
