// The only file that includes napi.h. CMakeLists.txt sets the configuration macros (NAPI_VERSION; C++ exceptions, those
// of the standard library included, become JS errors; basic finalizers), so that no include order can change them.
#pragma once

#include <napi.h>
