// What the emulator is to be: see emuSet in control.h for the lines that say so.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace emulator {

struct DeviceSettings {
  std::string name;
  int major = 8;
  int minor = 9;
  size_t memory = 0;  // bytes
};

struct Settings {
  std::mutex mutex;  // guards the devices
  std::vector<DeviceSettings> devices;
  std::atomic<int> driver_version{13010};
  std::atomic<int64_t> copy_latency{0};  // nanoseconds
  std::atomic<int64_t> launch_latency{0};
  std::atomic<bool> inline_streams{false};
  std::atomic<bool> checks{true};
};

// Reads the file that ENGINERY_EMULATOR names at first use.
Settings& settings();

int device_count();

// Total memory of a device in bytes.
size_t device_memory(int ordinal);

// The settings of a device as they are now; false where there is no such device.
bool find_device(int ordinal, DeviceSettings& out);

}  // namespace emulator
