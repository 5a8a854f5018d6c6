// Starting a call's work on a thread of ours.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "addon/completions.h"
#include "core/job_threads.h"
#include "core/status.h"

namespace enginery {

// Runs `work`, which ends its call itself. What it throws instead (out of memory) goes to `failed`, and so does a
// thread that cannot be made; no exception leaves. `unfinished_file` is removed if the process exits meanwhile.
JobThreads::Ticket start_job(JobThreads& threads, std::function<void()> work, std::function<void(Status)> failed,
                             std::string unfinished_file = {});

// A whole call that has nothing to stop at: a cancelled one runs to its end. `work` reports its success itself and
// returns its failure.
void start_call(const std::shared_ptr<Completions>& completions, Completions::Id id, JobThreads& threads,
                std::function<Status()> work);

}  // namespace enginery
