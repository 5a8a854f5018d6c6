#include "core/runtime_cache.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <utility>

#include "core/read_file.h"

namespace enginery {

RuntimeCache::RuntimeCache(std::string path) : path_(std::move(path)) {
  // One that cannot be read is as good as none: TensorRT compiles anew.
  if (wanted()) (void)read_file(path_, bytes_);
}

bool RuntimeCache::keep(const std::vector<uint8_t>& bytes) const {
  if (!wanted() || bytes.empty() || bytes == bytes_) return true;
  static std::atomic<unsigned> count{0};  // several sessions of one engine may end at once
  const std::string temporary = path_ + "." + std::to_string(getpid()) + "." + std::to_string(++count) + ".tmp";
  std::FILE* const file = std::fopen(temporary.c_str(), "wbe");
  if (file == nullptr) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const bool closed = std::fclose(file) == 0;
  if (written && closed && std::rename(temporary.c_str(), path_.c_str()) == 0) return true;
  std::remove(temporary.c_str());
  return false;
}

}  // namespace enginery
