#include "core/runtime_cache.h"

#include <cstdio>
#include <utility>

#include "core/shared_file.h"

namespace enginery {
namespace {

using Bytes = RuntimeCache::Bytes;

// Kernels are worth no long wait: whoever holds the lock writes a file of some megabytes.
constexpr std::chrono::milliseconds kPatience{500};

// Ours and theirs. What TensorRT does not take, as it is damaged or another version's, is left out. It does not promise
// that it keeps what a cache had when another is read into it: where it does not, the one that holds more is better.
Bytes together(Bytes ours, const Bytes& theirs, const RuntimeCache::Merge& merge) {
  Bytes both;
  if (theirs.empty() || theirs == ours || !merge(ours, theirs, both)) return ours;
  if (both.size() >= ours.size() && both.size() >= theirs.size()) return both;
  return theirs.size() > ours.size() ? theirs : ours;
}

}  // namespace

RuntimeCache::RuntimeCache(std::string path) : path_(std::move(path)) {
  Bytes bytes;
  // One that cannot be read is as good as none: TensorRT compiles anew.
  if (wanted()) (void)SharedFile::read(path_, bytes);
  known_ = std::make_shared<const Bytes>(std::move(bytes));
}

std::shared_ptr<const Bytes> RuntimeCache::known() const {
  std::lock_guard lock(mutex_);
  return known_;
}

bool RuntimeCache::due(Clock::time_point now) {
  if (now < next_ || !wanted()) return false;
  next_ = now + pause_;
  pause_ *= 2;
  return true;
}

Status RuntimeCache::add(const std::vector<Bytes>& caches, const Merge& merge) {
  const std::unique_lock one_at_a_time(adding_, std::try_to_lock);
  if (!wanted() || !one_at_a_time.owns_lock()) return {};
  Bytes kernels;
  for (const Bytes& cache : caches) kernels = kernels.empty() ? cache : together(std::move(kernels), cache, merge);
  if (kernels.empty()) return {};
  const std::shared_ptr<const Bytes> known = this->known();
  kernels = together(std::move(kernels), *known, merge);
  return kernels == *known ? Status{} : add_to_file(std::move(kernels), *known, merge);
}

Status RuntimeCache::add_to_file(Bytes kernels, const Bytes& known, const Merge& merge) {
  SharedFile file;
  Status status = file.lock_and_read(path_, kPatience);
  if (!status.ok() || !file.locked()) return status;
  if (file.bytes() != known) kernels = together(std::move(kernels), file.bytes(), merge);
  if (kernels != file.bytes()) status = file.replace(kernels.data(), kernels.size());
  std::remove(file.lock_path().c_str());  // ours: who waits for it makes another
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  known_ = std::make_shared<const Bytes>(std::move(kernels));
  return {};
}

}  // namespace enginery
