#include "core/shared_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/plan_file.h"
#include "core/sync_file.h"

namespace enginery {

Status SharedFile::read(const std::string& path, std::vector<uint8_t>& out) {
  out.clear();
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno == ENOENT ? Status{} : file_failed(path, "cannot be opened");
  Status status;
  struct stat about {};
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    errno = EINVAL;
    status = file_failed(path, "is no regular file");
  } else {
    out.resize(static_cast<size_t>(about.st_size));
    size_t done = 0;
    while (status.ok() && done < out.size()) {
      const ssize_t count = ::read(fd, out.data() + done, out.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) status = file_failed(path, "cannot be read");
      if (count == 0) out.resize(done);
      done += count > 0 ? static_cast<size_t>(count) : 0;
    }
  }
  close(fd);
  return status;
}

Status SharedFile::lock_and_read(const std::string& path) {
  path_ = path;
  Status status = FileLock::lock(path + ".lock", lock_);
  if (status.ok()) status = read(path, bytes_);
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
    status = file_failed(path_, "cannot be replaced");
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

}  // namespace enginery
