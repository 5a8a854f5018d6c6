#include "core/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/file_status.h"

namespace enginery {
namespace {

Status read_all(int fd, const std::string& path, std::vector<uint8_t>& out) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return read_failed(path, "cannot be read");
  if (!S_ISREG(about.st_mode)) {
    return Status::failed("ENGINERY_FILE_UNREADABLE", path + " is no regular file", path);
  }
  out.resize(static_cast<size_t>(about.st_size));
  for (size_t done = 0; done < out.size();) {
    const ssize_t count = read(fd, out.data() + done, out.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return read_failed(path, "cannot be read");
    if (count == 0) out.resize(done);  // it was cut meanwhile
    done += static_cast<size_t>(count);
  }
  return {};
}

}  // namespace

Status read_file(const std::string& path, std::vector<uint8_t>& out) {
  out.clear();
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return read_failed(path, "cannot be opened");
  Status status = read_all(fd, path, out);
  close(fd);
  if (!status.ok()) out.clear();
  return status;
}

}  // namespace enginery
