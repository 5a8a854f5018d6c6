// The fault plan: which call of which function fails, takes its time, hangs or crashes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace emulator {

struct Fault {
  static constexpr uint64_t kEveryCall = 0;

  std::string function;
  uint64_t nth = kEveryCall;  // counted from 1 since the fault was planned
  int32_t status = 0;
  std::chrono::nanoseconds delay{0};
  bool hangs = false;
  bool crashes = false;
  uint64_t calls = 0;
};

void plan(Fault fault);

// Hanging calls go on.
void forget_plan();

// Forgets the calls that were counted, and counts from now on, or no more.
void count_calls(bool on);

// Counts a call and does what is planned for it: the status to fail with, or 0. Holds no lock while it waits.
int32_t fault(const char* function);

}  // namespace emulator
