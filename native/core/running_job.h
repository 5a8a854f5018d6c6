// Jobs that are inside a vendor's library right now, or a loaded engine, which threads of the library's may work for;
// and what becomes of them when the process exits.
//
// exit() runs the destructors of NVIDIA's and Microsoft's static objects. Under a thread that still works in their code
// that is a crash, and such work cannot be stopped at once. So when jobs are left at exit, the process ends without
// them: their unfinished files are removed and the exit status is kept.
#pragma once

#include <string>

namespace enginery {

class RunningJob {
 public:
  // `unfinished_file` (or none) is removed if the process exits while this job runs.
  explicit RunningJob(std::string unfinished_file = {});
  ~RunningJob();
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;

  // Called when the process begins to exit, or when jobs are abandoned and it may exit unseen, so that this is
  // registered after everything the libraries have registered, and therefore runs first.
  static void prepare_for_exit();

  // Whether there is any in this process.
  static bool any();

  // Whether the process exits, so that libraries may have shut down. While a job lives and this is false, they do not.
  static bool exiting();

 private:
  const std::string unfinished_file_;
};

}  // namespace enginery
