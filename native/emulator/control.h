// The emulator's own interface, beside the CUDA driver API: exported by the emulated libcuda.so.1, absent from a real
// one. Over a real one the emulated TensorRT only copies: "driver only". driver/libcuda.so.1, the same emulated driver
// without this interface, stands for a real one.
//
// The emulated TensorRT finds it by dlsym, tests link with it. Every function may be called from any thread.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>

#define EMU_EXPORT __attribute__((visibility("default")))

extern "C" {

// Enqueues work on the stream, in order, as a kernel launch would be. It runs on the stream's thread (on the caller's
// where `inline on` is set), at most once; not at all once the context is lost. Where the stream captures, the work
// becomes a node of the graph instead, and each launch of the graph calls it again. release(data), which may be null,
// is called once, on any thread, when nothing can call the work any more; also where emuLaunch fails. `what` names the
// work in reports and is copied.
EMU_EXPORT CUresult emuLaunch(CUstream stream, const char* what, void (*work)(void* data), void* data,
                              void (*release)(void* data));

// Host memory behind [address, address + size) of device memory, or of pinned host memory given by its device address;
// null and a report where that is not wholly inside one live allocation that the device can reach. The device is that
// of the running work, elsewhere that of the current context. Work declares with it what it touches (and what it wrote
// is found by comparing), so that the order of operations can be checked: call it for every tensor, in the work. The
// pointer is good until the work returns. Outside of work it only looks the address up.
EMU_EXPORT void* emuMemory(CUdeviceptr address, size_t size);

// A rule of CUDA or TensorRT was broken: kept, never forgiven.
EMU_EXPORT void emuReport(const char* what);

// All reports so far, one a line. As snprintf: writes at most `size` bytes with the final NUL, and returns the length
// of the whole text.
EMU_EXPORT size_t emuReports(char* text, size_t size);

// The live objects by kind, those kinds that have any: "context 1, stream 2"; "" where there are none. As snprintf.
EMU_EXPORT size_t emuLive(char* text, size_t size);

// Another library made an object of that kind (`change` 1), or destroyed one (-1): emuLive names them as well.
EMU_EXPORT void emuObject(const char* kind, int32_t change);

// Counts a call of `function` ("IExecutionContext::enqueueV3") and gives what the fault plan says of it: 0, or the
// status to fail with, or EMU_IGNORE: do nothing, and say that it is done. Delays and hangs happen inside.
#define EMU_IGNORE INT32_MIN
EMU_EXPORT int32_t emuFault(const char* function);

// The calls since `calls on`, by function, one a line: "cuMemAlloc 3". As snprintf.
EMU_EXPORT size_t emuCalls(char* text, size_t size);

// Reads settings, one a line, in addition to those of the file that ENGINERY_EMULATOR names:
//
//   # a comment
//   devices <count>                    how many there are; two by default, none is allowed
//   device <ordinal> name="…" cc=8.9 memory=24GiB
//   driver 13.1                        the CUDA version of the driver
//   version rtx=1.6.1.120              that of the emulated TensorRT, by family
//   latency copy=0 launch=20us         how long copies (fills, too) and launches take at least
//   inline on                          streams created from now on run their work at once, on the calling thread
//   checks off                         no look for wrong order, no filling of fresh and freed memory
//   fail <function> <n> <status>       the n-th call, counted from 1 since this line was read; `*` for every call
//   delay <function> <n> <time>
//   hang <function> <n>                until `reset`
//   crash <function> <n>               the process ends with SIGSEGV
//   ignore <function> <n>              one of TensorRT's does nothing, says nothing, and where it tells succeeds
//   calls on                           counts calls from now on, for emuCalls; `calls off` ends that
//   report <file>                      reports are appended there as well
//   reset                              empties the fault plan and its counts, and lets hanging calls go on
//
// Times: 20us, 5ms, 1s. Functions of the driver are named with or without _v2. Work that streams run is named `launch`
// (emuLaunch, each node of a graph) and `copy`: `fail launch 1 719` loses the device while it works. A driver status
// that is sticky (illegal address, launch failed, …) loses the context. A line that cannot be read is a report.
EMU_EXPORT void emuSet(const char* lines);

}  // extern "C"
