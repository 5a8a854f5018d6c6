// Handles of one kind. They are numbers that are never used twice, and no addresses: a destroyed one is recognised, and
// who looks behind one crashes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace emulator {

template <typename Object, typename Handle>
class Handles {
 public:
  Handles(const char* kind, uint64_t tag) : kind_(kind), first_(tag << 48) {}

  Handle add(std::shared_ptr<Object> object) {
    const uint64_t id = ++last_;
    object->id = id;
    live_.emplace(id, std::move(object));
    return reinterpret_cast<Handle>(first_ + id);
  }

  std::shared_ptr<Object> find(Handle handle) const {
    const auto found = live_.find(number(handle));
    return found == live_.end() ? nullptr : found->second;
  }

  void remove(const Object& object) { live_.erase(object.id); }

  Handle handle(const Object& object) const { return reinterpret_cast<Handle>(first_ + object.id); }

  // Of a handle that `find` does not know: "stream 3 was destroyed".
  std::string complaint(Handle handle) const {
    const uint64_t id = number(handle);
    if (id == 0 || id > last_) return std::string("the handle is that of no ") + kind_;
    return std::string(kind_) + " " + std::to_string(id) + " was destroyed";
  }

  const char* kind() const { return kind_; }
  const std::map<uint64_t, std::shared_ptr<Object>>& live() const { return live_; }

 private:
  uint64_t number(Handle handle) const { return reinterpret_cast<uint64_t>(handle) - first_; }

  const char* kind_;
  uint64_t first_;
  uint64_t last_ = 0;
  std::map<uint64_t, std::shared_ptr<Object>> live_;
};

}  // namespace emulator
