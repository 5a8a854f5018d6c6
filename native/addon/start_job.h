// Starting a call's work on a thread of ours.
#pragma once

#include <functional>
#include <string>

#include "core/job_threads.h"
#include "core/status.h"

namespace enginery {

// Runs `work`, which ends its call itself. What it throws instead (out of memory) goes to `failed`, and so does a
// thread that cannot be made; no exception leaves. `unfinished_file` is removed if the process exits meanwhile.
JobThreads::Ticket start_job(JobThreads& threads, std::function<void()> work, std::function<void(Status)> failed,
                             std::string unfinished_file = {});

}  // namespace enginery
