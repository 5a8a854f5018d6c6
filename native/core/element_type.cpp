#include "core/element_type.h"

namespace enginery {
namespace {

struct Entry {
  ElementType type;
  const char* name;
  int bits;
};

constexpr Entry kTypes[] = {
    {ElementType::float32, "float32", 32},
    {ElementType::uint8, "uint8", 8},
    {ElementType::int8, "int8", 8},
    {ElementType::uint16, "uint16", 16},
    {ElementType::int16, "int16", 16},
    {ElementType::int32, "int32", 32},
    {ElementType::int64, "int64", 64},
    {ElementType::string, "string", 0},
    {ElementType::boolean, "bool", 8},
    {ElementType::float16, "float16", 16},
    {ElementType::float64, "float64", 64},
    {ElementType::uint32, "uint32", 32},
    {ElementType::uint64, "uint64", 64},
    {ElementType::bfloat16, "bfloat16", 16},
    {ElementType::float8e4m3fn, "float8e4m3fn", 8},
    {ElementType::float8e4m3fnuz, "float8e4m3fnuz", 8},
    {ElementType::float8e5m2, "float8e5m2", 8},
    {ElementType::float8e5m2fnuz, "float8e5m2fnuz", 8},
    {ElementType::uint4, "uint4", 4},
    {ElementType::int4, "int4", 4},
    {ElementType::float4e2m1, "float4e2m1", 4},
    {ElementType::float8e8m0, "float8e8m0", 8},
    {ElementType::uint2, "uint2", 2},
    {ElementType::int2, "int2", 2},
};

// So that the size is a number JS holds exactly, even in bits.
constexpr uint64_t kMostElements = (1ULL << 53) / 64;

}  // namespace

const char* name_of(ElementType type) {
  for (const Entry& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  return "unknown";
}

ElementType element_type_named(const std::string& name) {
  for (const Entry& entry : kTypes) {
    if (name == entry.name) return entry.type;
  }
  return ElementType::unknown;
}

bool tensor_bytes(ElementType type, const std::vector<int64_t>& dims, size_t& out) {
  int bits = 0;
  for (const Entry& entry : kTypes) {
    if (entry.type == type) bits = entry.bits;
  }
  if (bits == 0) return false;
  uint64_t count = 1;
  for (const int64_t dim : dims) {
    if (dim < 0) return false;
    if (dim > 0 && count > kMostElements / static_cast<uint64_t>(dim)) return false;
    count *= static_cast<uint64_t>(dim);
  }
  out = static_cast<size_t>((count * static_cast<uint64_t>(bits) + 7) / 8);
  return true;
}

}  // namespace enginery
