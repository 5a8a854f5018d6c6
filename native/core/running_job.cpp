#include "core/running_job.h"

#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <set>
#include <utility>

#include "core/guarded_file.h"
#include "core/shared_library.h"

namespace enginery {
namespace {

struct Jobs {
  std::atomic<size_t> running{0};
  std::atomic<bool> exiting{false};
  std::mutex mutex;
  std::set<const std::string*> unfinished_files;
};

Jobs& jobs() {
  static auto* const jobs = new Jobs();
  return *jobs;
}

void leave_without_destructors(int status, void*) {
  Jobs& all = jobs();
  all.exiting = true;  // before the look at those that run: a job that begins now sees it
  GuardedFile::remove_all();
  std::lock_guard lock(all.mutex);
  if (all.running == 0) return;
  for (const std::string* file : all.unfinished_files) unlink(file->c_str());
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

RunningJob::RunningJob(std::string unfinished_file) : unfinished_file_(std::move(unfinished_file)) {
  ++jobs().running;
  if (unfinished_file_.empty()) return;
  std::lock_guard lock(jobs().mutex);
  jobs().unfinished_files.insert(&unfinished_file_);
}

RunningJob::~RunningJob() {
  if (!unfinished_file_.empty()) {
    std::lock_guard lock(jobs().mutex);
    jobs().unfinished_files.erase(&unfinished_file_);
  }
  --jobs().running;
}

void RunningJob::prepare_for_exit() {
  SharedLibrary::before_exit([] { on_exit(leave_without_destructors, nullptr); });
}

bool RunningJob::any() { return jobs().running > 0; }

bool RunningJob::exiting() { return jobs().exiting; }

}  // namespace enginery
