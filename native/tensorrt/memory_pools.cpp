// Settings that limit memory pools.
#include "tensorrt/settings.h"

namespace enginery {
namespace {

using nvinfer1::MemoryPoolType;

constexpr Named<MemoryPoolType> kPools[] = {
    {"memory.workspace", MemoryPoolType::kWORKSPACE},
#if ENGINERY_ENTERPRISE
    {"memory.dlaSRAM", MemoryPoolType::kDLA_MANAGED_SRAM},
    {"memory.dlaLocalDRAM", MemoryPoolType::kDLA_LOCAL_DRAM},
    {"memory.dlaGlobalDRAM", MemoryPoolType::kDLA_GLOBAL_DRAM},
    {"memory.tacticDRAM", MemoryPoolType::kTACTIC_DRAM},
    {"memory.tacticSharedMemory", MemoryPoolType::kTACTIC_SHARED_MEMORY},
#endif
};

}  // namespace

Taken apply_memory_pool(const Setting& setting, const Target& target) {
  const MemoryPoolType* pool = find_named(kPools, setting.name);
  if (pool == nullptr) return std::nullopt;
  if (setting.number < 0) return false;
  const auto bytes = static_cast<size_t>(setting.number);
  target.config.setMemoryPoolLimit(*pool, bytes);
  return target.config.getMemoryPoolLimit(*pool) == bytes;
}

}  // namespace enginery
