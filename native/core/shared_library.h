// Shared objects of other people, opened at run time.
//
// Opened with RTLD_NOW | RTLD_LOCAL, so that equal symbol names of several TensorRT versions stay apart, and never
// closed: unloading TensorRT or a driver while threads of theirs may live crashes.
#pragma once

#include <string>

#include "core/status.h"

namespace enginery {

class SharedLibrary {
 public:
  SharedLibrary() = default;

  // Opening the same path again is cheap and gives the same handle. Blocks for up to a few hundred milliseconds on a
  // large library: call it on a job thread.
  static Status open(const std::string& path, SharedLibrary& out);

  // What a library registers to run at exit while it is opened would run before, and under, what is registered earlier.
  // So the exiting process waits for an open under way (2 s at most) and then calls `register_last`; when it is the
  // main thread that exits, no other library is opened any more.
  static void before_exit(void (*register_last)());

  // Null where the library does not export the name.
  void* symbol(const char* name) const;

  template <typename Function>
  Function function(const char* name) const {
    return reinterpret_cast<Function>(symbol(name));
  }

  void* handle() const { return handle_; }

 private:
  void* handle_ = nullptr;
};

// The folder of the module this code was linked into. Our bridge modules lie beside it.
std::string self_directory();

}  // namespace enginery
