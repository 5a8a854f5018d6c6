#include "cuda/memory.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>
#include <string_view>

#include "control.h"
#include "cuda/machine.h"
#include "cuda/reports.h"
#include "cuda/running.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

constexpr std::align_val_t kAlignment{512};
constexpr uint64_t kGap = 4096;  // between allocations: the end of one is not the start of the next
constexpr int kPattern = 0xCB;

std::string hexadecimal(uint64_t address) {
  char text[20];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

bool fits(const Device& device, size_t size) {
  const size_t total = device_memory(device.ordinal);
  return size <= total && device.used <= total - size;
}

}  // namespace

Allocation::~Allocation() { ::operator delete(bytes, kAlignment); }

std::string Allocation::text() const {
  return std::string(pinned ? "pinned memory " : "device memory ") + hexadecimal(address) + ", " +
         std::to_string(size) + " bytes";
}

std::shared_ptr<Allocation> allocation_at(uint64_t address) {
  const auto& all = machine().allocations;
  auto next = all.upper_bound(address);
  if (next == all.begin()) return nullptr;
  const std::shared_ptr<Allocation>& found = std::prev(next)->second;
  return address - found->address < found->size ? found : nullptr;
}

CUresult find_range(const char* what, const Context& context, uint64_t address, size_t size, Range& out) {
  const auto refuse = [&](const std::string& why) {
    report(std::string(what) + ": " + why);
    return CUDA_ERROR_INVALID_VALUE;
  };
  std::shared_ptr<Allocation> found = allocation_at(address);
  if (found == nullptr) {
    return refuse(hexadecimal(address) +
                  " lies in no live allocation: freed before, out of bounds, or never allocated");
  }
  const size_t offset = address - found->address;
  if (size > found->size - offset) {
    return refuse(std::to_string(size) + " bytes from " + hexadecimal(address) + " run past the end of " +
                  found->text());
  }
  // Work that runs now came before the free: else the memory would be gone.
  if (found->leaving && Running::current() == nullptr) return refuse(found->text() + " is used after cuMemFreeAsync");
  if (!found->pinned && found->context.get() != &context) {
    return refuse(found->text() + " belongs to device " + std::to_string(found->context->device) +
                  ", the work to device " + std::to_string(context.device));
  }
  out = {found->bytes + offset, size, std::move(found)};
  return CUDA_SUCCESS;
}

CUresult allocate(size_t size, bool pinned, bool pooled, const std::shared_ptr<Context>& context,
                  std::shared_ptr<Allocation>& out) {
  if (size == 0) return CUDA_ERROR_INVALID_VALUE;
  Device& device = machine().devices[static_cast<size_t>(context->device)];
  const size_t reused = pooled ? std::min(size, device.pool_reserve) : 0;
  // Memory that the pool holds is in use for everybody else.
  if (!pinned && !fits(device, size - reused + device.pool_reserve)) return CUDA_ERROR_OUT_OF_MEMORY;

  auto fresh = std::make_shared<Allocation>();
  fresh->bytes = static_cast<std::byte*>(::operator new(size, kAlignment, std::nothrow));
  if (fresh->bytes == nullptr) return CUDA_ERROR_OUT_OF_MEMORY;
  fresh->size = size;
  spoil({fresh->bytes, size, nullptr});
  fresh->pinned = pinned;
  fresh->pooled = pooled;
  fresh->context = context;
  if (pinned) {
    fresh->address = reinterpret_cast<uint64_t>(fresh->bytes);
  } else {
    fresh->address = device.next_address;
    device.next_address += (size + kGap + 511) / 512 * 512;
    device.used += size;
    device.pool_reserve -= reused;
  }
  machine().allocations.emplace(fresh->address, fresh);
  out = std::move(fresh);
  return CUDA_SUCCESS;
}

void forget(Allocation& allocation) {
  const auto held = machine().allocations.extract(allocation.address);  // lives until we return
  allocation.live = false;
  if (!allocation.pinned) {
    Device& device = machine().devices[static_cast<size_t>(allocation.context->device)];
    device.used -= allocation.size;
    if (allocation.pooled) {
      device.pool_reserve = std::min(device.pool_reserve + allocation.size, device.pool_threshold);
    }
  }
}

void spoil(const Range& range) {
  if (settings().checks) std::memset(range.bytes, kPattern, range.size);
}

size_t hash_of(const Range& range) {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(range.bytes), range.size});
}

}  // namespace emulator

void* emuMemory(CUdeviceptr address, size_t size) {
  using namespace emulator;
  settings();
  Machine& all = machine();
  const std::lock_guard lock(all.mutex);
  Running* running = Running::current();
  const std::shared_ptr<Context> context = running ? running->context : all.contexts.find(current_context());
  const char* what = running ? running->what : "emuMemory";
  if (context == nullptr) {
    report(std::string(what) + ": no context is current");
    return nullptr;
  }
  Range range;
  if (find_range(what, *context, address, size, range) != CUDA_SUCCESS) return nullptr;
  if (running) running->touch(range);
  return range.bytes;
}
