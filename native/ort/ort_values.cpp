#include "ort/ort_values.h"

#include <cstring>

#include "ort/ort_types.h"

namespace enginery::ort {
namespace {

Status copy_strings_in(const Library& library, const TensorBuffer& tensor, OwnedValue& out) {
  const Api& api = library.api();
  Status status = library.check(api.CreateTensorAsOrtValue(library.allocator(), tensor.dims.data(), tensor.dims.size(),
                                                           to_ort(ElementType::string), out.out()),
                                run_error);
  for (size_t i = 0; status.ok() && i < tensor.strings.size(); ++i) {
    char* target = nullptr;
    const std::string& text = tensor.strings[i];
    status = library.check(api.GetResizedStringTensorElementBuffer(out.get(), i, text.size(), &target), run_error);
    if (status.ok()) std::memcpy(target, text.data(), text.size());
  }
  return status;
}

Status copy_strings_out(const Library& library, const Value* value, size_t count, TensorBuffer& out) {
  const Api& api = library.api();
  size_t size = 0;
  Status status = library.check(api.GetStringTensorDataLength(value, &size), run_error);
  if (!status.ok()) return status;
  std::string text(size, '\0');
  std::vector<size_t> offsets(count);
  status = library.check(api.GetStringTensorContent(value, text.data(), size, offsets.data(), count), run_error);
  if (!status.ok()) return status;
  offsets.push_back(size);
  out.strings.clear();
  for (size_t i = 0; i < count; ++i) out.strings.push_back(text.substr(offsets[i], offsets[i + 1] - offsets[i]));
  return {};
}

Status read_shape(const Library& library, const Value* value, TensorBuffer& out) {
  const Api& api = library.api();
  Owned<TensorInfo> info(api.ReleaseTensorTypeAndShapeInfo);
  Status status = library.check(api.GetTensorTypeAndShape(value, info.out()), run_error);
  if (!status.ok()) return status;
  int32_t type = 0;
  status = library.check(api.GetTensorElementType(info.get(), &type), run_error);
  if (!status.ok()) return status;
  size_t rank = 0;
  status = library.check(api.GetDimensionsCount(info.get(), &rank), run_error);
  if (!status.ok()) return status;
  out.type = from_ort(type);
  out.dims.assign(rank, 0);
  return library.check(api.GetDimensions(info.get(), out.dims.data(), rank), run_error);
}

// Which number makes a value of 2-bit integers or float8e8m0 depends on the version: 1.30 takes ONNX's and gives its
// own, 1.32 takes its own. So the value is asked what it has become.
Status make_value(const Library& library, const TensorBuffer& tensor, OwnedValue& out) {
  const auto make = [&](int32_t number) {
    out.reset();
    return library.check(
        library.api().CreateTensorWithDataAsOrtValue(library.cpu_memory(), tensor.data, tensor.bytes,
                                                     tensor.dims.data(), tensor.dims.size(), number, out.out()),
        run_error);
  };
  const auto onnx = static_cast<int32_t>(tensor.type);
  if (to_ort(tensor.type) == onnx) return make(onnx);
  Status status;
  for (const int32_t number : {to_ort(tensor.type), onnx}) {
    status = make(number);
    if (!status.ok()) continue;
    TensorBuffer made;
    status = read_shape(library, out.get(), made);
    if (!status.ok() || made.type == tensor.type) return status;
    status = Status::failed("ENGINERY_RUN_FAILED",
                            std::string("This ONNX Runtime makes no tensors of ") + name_of(tensor.type) + ".");
  }
  return status;
}

Status unsupported(const std::string& name, const std::string& what) {
  return Status::failed("ENGINERY_RUN_FAILED", "Output \"" + name + "\" is " + what + ", which is not supported.",
                        name);
}

}  // namespace

Status to_value(const Library& library, const TensorBuffer& tensor, OwnedValue& out) {
  return tensor.type == ElementType::string ? copy_strings_in(library, tensor, out) : make_value(library, tensor, out);
}

Status read_value(const Library& library, const std::string& name, Value* value, TensorBuffer& out) {
  const Api& api = library.api();
  // An optional output that the model left out comes back as no value at all.
  if (value == nullptr) return unsupported(name, "empty");
  ValueKind kind = TENSOR;
  Status status = library.check(api.GetValueType(value, &kind), run_error);
  if (!status.ok()) return status;
  if (kind != TENSOR) return unsupported(name, std::string("a value of kind ") + kind_name(kind));
  status = read_shape(library, value, out);
  if (!status.ok()) return status;

  out.bytes = 0;
  if (out.type == ElementType::string) {
    size_t count = 1;
    for (const int64_t dim : out.dims) count *= static_cast<size_t>(dim);
    return copy_strings_out(library, value, count, out);
  }
  if (!tensor_bytes(out.type, out.dims, out.bytes))
    return unsupported(name, "of an element type this package does not know");
  return library.check(api.GetTensorMutableData(value, &out.data), run_error);
}

}  // namespace enginery::ort
