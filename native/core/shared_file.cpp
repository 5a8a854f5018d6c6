#include "core/shared_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/file_status.h"
#include "core/plan_file.h"
#include "core/read_file.h"
#include "core/sync_file.h"

namespace enginery {

Status SharedFile::read(const std::string& path, std::vector<uint8_t>& out) {
  Status status = read_file(path, out);
  return status.system_error == ENOENT ? Status{} : status;
}

Status SharedFile::lock_and_read(const std::string& path, const std::atomic<bool>& cancelled) {
  path_ = path;
  return read_locked(FileLock::lock(lock_path(), cancelled, lock_));
}

Status SharedFile::lock_and_read(const std::string& path, std::chrono::milliseconds patience) {
  path_ = path;
  return read_locked(FileLock::lock(lock_path(), patience, lock_));
}

Status SharedFile::read_locked(Status status) {
  if (status.ok() && locked()) status = read(path_, bytes_);
  if (!status.ok()) unlock();
  return status;
}

Status SharedFile::replace(const void* data, size_t size) {
  const std::string temporary = path_ + ".new";  // nobody else's: the lock is ours
  unlink(temporary.c_str());
  PlanFile file;
  Status status = file.create(temporary);
  if (!status.ok()) return status;
  file.write(data, size);
  status = file.commit();
  if (status.ok()) status = sync_file(temporary);
  if (status.ok() && std::rename(temporary.c_str(), path_.c_str()) != 0) {
    status = write_failed(path_, "cannot be replaced");
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

}  // namespace enginery
