#include "ort/ort_specs.h"

#include "ort/ort_types.h"

namespace enginery::ort {
namespace {

using CountFunction = decltype(Api::SessionGetInputCount);
using NameFunction = decltype(Api::SessionGetInputName);
using TypeFunction = decltype(Api::SessionGetInputTypeInfo);

Status describe_tensor(const Library& library, const TypeInfo* info, TensorSpec& spec) {
  const Api& api = library.api();
  const TensorInfo* tensor = nullptr;  // part of `info`
  Status status = library.check(api.CastTypeInfoToTensorInfo(info, &tensor), open_error);
  if (!status.ok()) return status;
  int32_t type = 0;
  status = library.check(api.GetTensorElementType(tensor, &type), open_error);
  if (!status.ok()) return status;
  size_t rank = 0;
  status = library.check(api.GetDimensionsCount(tensor, &rank), open_error);
  if (!status.ok()) return status;
  spec.type = name_of(from_ort(type));
  spec.dims.assign(rank, -1);
  status = library.check(api.GetDimensions(tensor, spec.dims.data(), rank), open_error);
  if (!status.ok()) return status;
  std::vector<const char*> symbols(rank, "");
  status = library.check(api.GetSymbolicDimensions(tensor, symbols.data(), rank), open_error);
  if (!status.ok()) return status;
  spec.symbols.assign(symbols.begin(), symbols.end());
  return {};
}

Status describe(const Library& library, const SessionHandle* session, CountFunction count_of, NameFunction name_of_item,
                TypeFunction type_of, std::vector<TensorSpec>& out) {
  const Api& api = library.api();
  size_t count = 0;
  Status status = library.check(count_of(session, &count), open_error);
  out.assign(status.ok() ? count : 0, {});
  for (size_t i = 0; status.ok() && i < out.size(); ++i) {
    char* name = nullptr;
    status = library.check(name_of_item(session, i, library.allocator(), &name), open_error);
    if (!status.ok()) break;
    out[i].name = name;
    status = library.check(api.AllocatorFree(library.allocator(), name), open_error);
    if (!status.ok()) break;

    Owned<TypeInfo> info(api.ReleaseTypeInfo);
    status = library.check(type_of(session, i, info.out()), open_error);
    if (!status.ok()) break;
    ValueKind kind = TENSOR;
    status = library.check(api.GetOnnxTypeFromTypeInfo(info.get(), &kind), open_error);
    if (!status.ok()) break;
    if (kind == TENSOR) {
      status = describe_tensor(library, info.get(), out[i]);
    } else {
      out[i].type = kind_name(kind);
    }
  }
  return status;
}

}  // namespace

Status describe_inputs(const Library& library, const SessionHandle* session, std::vector<TensorSpec>& out) {
  const Api& api = library.api();
  return describe(library, session, api.SessionGetInputCount, api.SessionGetInputName, api.SessionGetInputTypeInfo,
                  out);
}

Status describe_outputs(const Library& library, const SessionHandle* session, std::vector<TensorSpec>& out) {
  const Api& api = library.api();
  return describe(library, session, api.SessionGetOutputCount, api.SessionGetOutputName, api.SessionGetOutputTypeInfo,
                  out);
}

}  // namespace enginery::ort
