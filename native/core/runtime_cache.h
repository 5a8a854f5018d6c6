// The file of kernels that TensorRT-RTX compiled for an engine on a device: the next process need not compile them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/status.h"

namespace enginery {

class RuntimeCache {
 public:
  using Bytes = std::vector<uint8_t>;
  using Clock = std::chrono::steady_clock;
  // Makes one cache of two. False where TensorRT does not take them both: what it wrote itself it takes.
  using Merge = std::function<bool(const Bytes& one, const Bytes& other, Bytes& both)>;

  // Reads the file. Empty: none is wanted.
  explicit RuntimeCache(std::string path);
  bool wanted() const { return !path_.empty(); }

  // What is known to be in the file, for execution contexts to start from; never null. From any thread.
  std::shared_ptr<const Bytes> known() const;

  // Whether to add what there is, so that a process that is killed has not compiled in vain: when the first run has
  // ended, and then again and again, ever more seldom, as kernels for new shapes are compiled in the background.
  // For one caller at a time.
  bool due(Clock::time_point now);

  // Adds the kernels of execution contexts to the file, and to what other processes have put there meanwhile. Leaves it
  // to another time where somebody keeps the file locked. From any thread; blocks for as long as the disk takes.
  Status add(const std::vector<Bytes>& caches, const Merge& merge);

 private:
  Status add_to_file(Bytes kernels, const Bytes& known, const Merge& merge);

  const std::string path_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Bytes> known_;  // under mutex_
  std::mutex adding_;
  Clock::time_point next_ = Clock::time_point::min();
  Clock::duration pause_ = std::chrono::seconds(30);
};

}  // namespace enginery
