#include "core/guarded_file.h"

#include <unistd.h>

#include <mutex>
#include <set>
#include <utility>

namespace enginery {
namespace {

struct GuardedFiles {
  std::mutex mutex;
  std::set<const std::string*> paths;
};

GuardedFiles& guarded_files() {
  static auto* const files = new GuardedFiles();
  return *files;
}

}  // namespace

GuardedFile::GuardedFile(std::string path) : path_(std::move(path)) {
  std::lock_guard lock(guarded_files().mutex);
  guarded_files().paths.insert(&path_);
}

GuardedFile::~GuardedFile() {
  unlink(path_.c_str());
  std::lock_guard lock(guarded_files().mutex);
  guarded_files().paths.erase(&path_);
}

void GuardedFile::remove_all() {
  std::lock_guard lock(guarded_files().mutex);
  for (const std::string* file : guarded_files().paths) unlink(file->c_str());
}

}  // namespace enginery
