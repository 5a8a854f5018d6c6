#include "cuda/settings.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "control.h"
#include "cuda/faults.h"
#include "cuda/reports.h"

namespace emulator {
namespace {

using Words = std::vector<std::string>;

// Splits at spaces, but not inside double quotes: `name="Emulated GPU A"` is the word `name=Emulated GPU A`.
Words words_of(const std::string& line) {
  Words words;
  bool quoted = false;
  bool inside = false;
  for (const char character : line) {
    if (character == '"') {
      quoted = !quoted;
    } else if (!quoted && (character == ' ' || character == '\t' || character == '\r')) {
      inside = false;
    } else {
      if (!inside) words.emplace_back();
      inside = true;
      words.back() += character;
    }
  }
  return words;
}

struct Unit {
  std::string_view name;
  uint64_t factor;
};
constexpr Unit kSizes[] = {{"", 1}, {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}};
constexpr Unit kTimes[] = {{"0", 0}, {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};

// "24GiB", "20us"; a time of 0 needs no unit.
template <size_t kCount>
std::optional<uint64_t> quantity(std::string_view text, const Unit (&units)[kCount]) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (unit.empty() && number == 0) return 0;
  for (const Unit& known : units) {
    if (known.name == unit) return number * known.factor;
  }
  return std::nullopt;
}

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "8.9".
bool version(std::string_view text, int& major, int& minor) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto first = number(text.substr(0, dot));
  const auto second = number(text.substr(dot + 1));
  if (!first || !second) return false;
  major = static_cast<int>(*first);
  minor = static_cast<int>(*second);
  return true;
}

DeviceSettings default_device(size_t ordinal) {
  if (ordinal == 1) return {"Emulated GPU B", 12, 0, size_t{32} << 30};
  return {std::string("Emulated GPU ") + static_cast<char>('A' + ordinal % 26), 8, 9, size_t{24} << 30};
}

void resize_devices(Settings& settings, size_t count) {
  while (settings.devices.size() > count) settings.devices.pop_back();
  while (settings.devices.size() < count) settings.devices.push_back(default_device(settings.devices.size()));
}

bool set_device(Settings& settings, const Words& words) {
  const auto ordinal = words.size() < 2 ? std::nullopt : number(words[1]);
  if (!ordinal || *ordinal > 15) return false;
  const std::lock_guard lock(settings.mutex);
  if (*ordinal >= settings.devices.size()) resize_devices(settings, *ordinal + 1);
  DeviceSettings& device = settings.devices[*ordinal];
  for (size_t i = 2; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.starts_with("name=")) {
      device.name = word.substr(5);
    } else if (word.starts_with("cc=")) {
      if (!version(word.substr(3), device.major, device.minor)) return false;
    } else if (word.starts_with("memory=")) {
      const auto size = quantity(word.substr(7), kSizes);
      if (!size) return false;
      device.memory = *size;
    } else {
      return false;
    }
  }
  return true;
}

bool set_latency(Settings& settings, const Words& words) {
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const auto time = quantity(word.substr(equals + 1), kTimes);
    if (!time) return false;
    if (word.starts_with("copy=")) {
      settings.copy_latency = static_cast<int64_t>(*time);
    } else if (word.starts_with("launch=")) {
      settings.launch_latency = static_cast<int64_t>(*time);
    } else {
      return false;
    }
  }
  return words.size() > 1;
}

bool set_switch(std::atomic<bool>& value, const Words& words) {
  if (words.size() != 2 || (words[1] != "on" && words[1] != "off")) return false;
  value = words[1] == "on";
  return true;
}

bool set_counting(const Words& words) {
  std::atomic<bool> on{false};
  if (!set_switch(on, words)) return false;
  count_calls(on);
  return true;
}

// `fail <function> <n> <status>`, `delay <function> <n> <time>`, `hang <function> <n>`, `crash <function> <n>`,
// `ignore <function> <n>`.
bool set_fault(const Words& words) {
  Fault fault;
  const std::string& kind = words[0];
  const bool has_value = kind == "fail" || kind == "delay";
  if (words.size() != (has_value ? 4u : 3u)) return false;
  fault.function = words[1];
  const auto nth = words[2] == "*" ? std::optional<uint64_t>(Fault::kEveryCall) : number(words[2]);
  if (!nth || (*nth == Fault::kEveryCall && words[2] != "*")) return false;
  fault.nth = *nth;
  if (kind == "delay") {
    const auto time = quantity(words[3], kTimes);
    if (!time) return false;
    fault.delay = std::chrono::nanoseconds(*time);
  } else if (kind == "fail") {
    const auto status = number(words[3]);
    if (!status) return false;
    fault.status = static_cast<int32_t>(*status);
  }
  fault.hangs = kind == "hang";
  fault.crashes = kind == "crash";
  if (kind == "ignore") {
    if (fault.function.find("::") == std::string::npos) return false;  // the driver always tells
    fault.status = EMU_IGNORE;
  }
  plan(std::move(fault));
  return true;
}

bool apply(Settings& settings, const Words& words) {
  const std::string& what = words[0];
  if (what == "device") return set_device(settings, words);
  if (what == "latency") return set_latency(settings, words);
  if (what == "inline") return set_switch(settings.inline_streams, words);
  if (what == "checks") return set_switch(settings.checks, words);
  if (what == "calls") return set_counting(words);
  for (const char* const kind : {"fail", "delay", "hang", "crash", "ignore"}) {
    if (what == kind) return set_fault(words);
  }
  if (what == "devices") {
    const auto count = words.size() == 2 ? number(words[1]) : std::nullopt;
    if (!count || *count > 16) return false;
    const std::lock_guard lock(settings.mutex);
    resize_devices(settings, *count);
    return true;
  }
  if (what == "driver") {
    int major = 0;
    int minor = 0;
    if (words.size() != 2 || !version(words[1], major, minor)) return false;
    settings.driver_version = major * 1000 + minor * 10;
    return true;
  }
  if (what == "report" && words.size() == 2) return append_reports_to(words[1]), true;
  if (what == "reset" && words.size() == 1) return forget_plan(), true;
  if (what == "version") return true;  // the emulated TensorRT reads it by itself
  return false;
}

void read_lines(Settings& settings, std::istream& lines) {
  for (std::string line; std::getline(lines, line);) {
    const Words words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    if (!apply(settings, words)) report("settings: this line cannot be read: " + line);
  }
}

}  // namespace

Settings& settings() {
  static Settings& all = [&]() -> Settings& {
    Settings& fresh = *new Settings;
    resize_devices(fresh, 2);
    if (const char* file = std::getenv("ENGINERY_EMULATOR")) {
      std::ifstream lines(file);
      if (!lines) report(std::string("settings: ENGINERY_EMULATOR names a file that cannot be read: ") + file);
      read_lines(fresh, lines);
    }
    return fresh;
  }();
  return all;
}

int device_count() {
  Settings& all = settings();
  const std::lock_guard lock(all.mutex);
  return static_cast<int>(all.devices.size());
}

size_t device_memory(int ordinal) {
  Settings& all = settings();
  const std::lock_guard lock(all.mutex);
  const size_t index = static_cast<size_t>(ordinal);
  return index < all.devices.size() ? all.devices[index].memory : 0;  // devices that a test took away again have none
}

bool find_device(int ordinal, DeviceSettings& out) {
  Settings& all = settings();
  const std::lock_guard lock(all.mutex);
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= all.devices.size()) return false;
  out = all.devices[static_cast<size_t>(ordinal)];
  return true;
}

}  // namespace emulator

void emuSet(const char* lines) {
  std::istringstream text(lines);
  emulator::read_lines(emulator::settings(), text);
}
