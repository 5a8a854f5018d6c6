#pragma once

#include <string>

namespace enginery {

// A file that is not yet what it is to become, and whose owner may end before it is. Removed when this object ends, or
// the process, whichever comes first; it may be gone by then.
class GuardedFile {
 public:
  explicit GuardedFile(std::string path);
  ~GuardedFile();
  GuardedFile(const GuardedFile&) = delete;
  GuardedFile& operator=(const GuardedFile&) = delete;

  // For the process that exits.
  static void remove_all();

 private:
  const std::string path_;
};

}  // namespace enginery
