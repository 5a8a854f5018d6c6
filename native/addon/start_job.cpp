#include "addon/start_job.h"

#include <exception>
#include <new>
#include <utility>

#include "core/running_job.h"

namespace enginery {
namespace {

// Of the exception being handled.
Status thrown() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Status::failed("ENGINERY_INTERNAL", "There is not enough memory.");
  } catch (const std::exception& error) {
    return Status::failed("ENGINERY_INTERNAL", error.what());
  } catch (...) {
    return Status::failed("ENGINERY_INTERNAL", "An exception of unknown type was thrown.");
  }
}

}  // namespace

JobThreads::Ticket start_job(JobThreads& threads, std::function<void()> work, std::function<void(Status)> failed,
                             std::string unfinished_file) {
  try {
    return threads.submit([work = std::move(work), failed, file = std::move(unfinished_file)] {
      try {
        const RunningJob running(file);
        work();
      } catch (...) {
        failed(thrown());
      }
    });
  } catch (...) {
    failed(thrown());
    return 0;
  }
}

void start_call(const std::shared_ptr<Completions>& completions, Completions::Id id, JobThreads& threads,
                std::function<Status()> work) {
  completions->begin(id, [] {});
  const auto fail = [completions, id](Status status) { completions->failed(id, std::move(status)); };
  start_job(
      threads,
      [work = std::move(work), fail] {
        if (Status status = work(); !status.ok()) fail(std::move(status));
      },
      fail);
}

}  // namespace enginery
