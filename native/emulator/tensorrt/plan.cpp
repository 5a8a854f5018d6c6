#include "emulator/tensorrt/plan.h"

#include <cstring>

namespace enginery::emulator {
namespace {

constexpr const char* kTag = ENGINERY_ENTERPRISE ? "ftrt" : "vtrt";
constexpr const char* kOtherTag = ENGINERY_ENTERPRISE ? "vtrt" : "ftrt";
constexpr size_t kTargets = 8;

// FNV-1a: finds damage, which TensorRT finds as well.
uint64_t checksum(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return hash;
}

// One function, `exchange`, says what a plan holds; Writer and Reader take its parts in the same order.
class Writer {
 public:
  void number(auto value) {
    const auto wide = static_cast<int64_t>(value);
    bytes.append(reinterpret_cast<const char*>(&wide), sizeof wide);
  }
  void text(const std::string& value) {
    number(value.size());
    bytes += value;
  }
  template <typename Items, typename Each>
  void list(Items& items, Each each) {
    number(items.size());
    for (auto& item : items) each(item);
  }
  template <typename Items, typename Each>
  void named(Items& items, Each each) {
    number(items.size());
    for (auto& [name, item] : items) {
      text(name);
      each(item);
    }
  }

  std::string bytes;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename Value>
  void number(Value& value) {
    int64_t wide = 0;
    ok = ok && rest_.size() >= sizeof wide;
    if (!ok) return;
    std::memcpy(&wide, rest_.data(), sizeof wide);
    rest_.remove_prefix(sizeof wide);
    value = static_cast<Value>(wide);
  }
  void text(std::string& value) {
    const size_t size = count();
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <typename Items, typename Each>
  void list(Items& items, Each each) {
    items.resize(count());
    for (auto& item : items) each(item);
  }
  template <typename Items, typename Each>
  void named(Items& items, Each each) {
    for (size_t left = count(); ok && left > 0; --left) {
      std::string name;
      text(name);
      each(items[name]);
    }
  }

  bool ok = true;

 private:
  size_t count() {
    size_t value = 0;
    number(value);
    ok = ok && value <= rest_.size();
    return ok ? value : 0;
  }

  std::string_view rest_;
};

template <typename Archive, typename PlanType>
void exchange(Archive& archive, PlanType& plan) {
  const auto numbers = [&](auto& list) { archive.list(list, [&](auto& item) { archive.number(item); }); };
  archive.text(plan.name);
  archive.list(plan.tensors, [&](auto& tensor) {
    archive.text(tensor.name);
    archive.number(tensor.type);
    archive.number(tensor.output);
    archive.number(tensor.shape);
    archive.number(tensor.data_dependent);
    archive.text(tensor.alias);
    numbers(tensor.dims);
    archive.list(tensor.symbols, [&](auto& symbol) { archive.text(symbol); });
  });
  archive.list(plan.profiles, [&](auto& profile) {
    archive.named(profile, [&](auto& range) {
      for (auto& dims : range.dims) numbers(dims);
      for (auto& values : range.values) numbers(values);
    });
  });
  archive.number(plan.flags);
  archive.number(plan.verbosity);
  archive.number(plan.aux_streams);
  archive.number(plan.hardware_compatibility);
  archive.text(plan.settings);
  numbers(plan.targets);
  archive.text(plan.model_path);
  archive.text(plan.model);
}

}  // namespace

std::string write_plan(const Plan& plan) {
  Writer body;
  exchange(body, plan);
  Writer start;
  start.number(checksum(body.bytes));
  for (size_t i = 0; i < kTargets; ++i) start.number(i < plan.targets.size() ? plan.targets[i] : 0);
  const Version& made_by = version();
  const uint32_t serialization_version = 0;
  const uint64_t entries = 1;
  const uint64_t size = kPlanHeaderBytes + body.bytes.size();
  std::string out(kTag);
  out.append(reinterpret_cast<const char*>(&serialization_version), sizeof serialization_version);
  out.append(reinterpret_cast<const char*>(&entries), sizeof entries);
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  for (const int32_t part : {made_by.major, made_by.minor, made_by.patch, made_by.build}) {
    out += static_cast<char>(part & 0xff);
  }
  return out + start.bytes + body.bytes;
}

PlanHeader read_plan_header(std::string_view bytes) {
  PlanHeader header;
  header.fault = PlanHeader::Fault::no_plan;
  if (bytes.size() < kPlanHeaderBytes) return header;
  if (bytes.substr(0, 4) == kOtherTag) header.fault = PlanHeader::Fault::other_product;
  if (bytes.substr(0, 4) != kTag) return header;
  header.fault = PlanHeader::Fault::none;
  const auto part = [&](size_t place) { return static_cast<int32_t>(static_cast<uint8_t>(bytes[24 + place])); };
  header.version = {part(0), part(1), part(2), part(3)};
  std::memcpy(&header.size, bytes.data() + 16, sizeof header.size);
  Reader start(bytes.substr(28));
  start.number(header.checksum);
  for (size_t i = 0; i < kTargets; ++i) {
    int32_t target = 0;
    start.number(target);
    if (target != 0) header.targets.push_back(target);
  }
  return header;
}

bool read_plan(std::string_view bytes, const PlanHeader& header, Plan& out) {
  if (header.size != bytes.size()) return false;
  const std::string_view body = bytes.substr(kPlanHeaderBytes);
  if (header.checksum != checksum(body)) return false;
  Reader reader(body);
  exchange(reader, out);
  return reader.ok;
}

}  // namespace enginery::emulator
