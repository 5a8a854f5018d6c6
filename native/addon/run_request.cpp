#include "addon/run_request.h"

#include <algorithm>
#include <cstring>

#include "core/tensor_memory.h"

namespace enginery {
namespace {

enum Memory : int { kBorrowed = -1, kBorrowedShared = -2, kCopied = -3, kOnDevice = -4 };

class Reader {
 public:
  Reader(Napi::Env env, std::span<const double> numbers, const Napi::Value& things, const DeviceTensors& device_tensors)
      : env_(env),
        next_(numbers.data()),
        end_(next_ + numbers.size()),
        things_(things),
        device_tensors_(device_tensors) {}

  int64_t number() {
    if (next_ == end_) throw Napi::RangeError::New(env_, "the request ends too early");
    return static_cast<int64_t>(*next_++);
  }

  size_t count() {
    const int64_t count = number();
    if (count < 0 || count > kMost) throw Napi::RangeError::New(env_, "the request has a count that makes no sense");
    return static_cast<size_t>(count);
  }

  // `small` is where the page's bytes will be.
  void tensor(uint8_t* small, TensorBuffer& out) {
    const auto type = static_cast<ElementType>(number());
    out.type = type;
    out.dims.resize(count());
    for (int64_t& dim : out.dims) dim = number();
    out.owner.reset();
    out.borrowed = false;
    out.device = nullptr;
    out.strings.clear();
    if (type != ElementType::string && !tensor_bytes(type, out.dims, out.bytes)) disagree();
    const int64_t memory = number();
    if (memory >= 0) {
      const auto offset = static_cast<uint64_t>(memory);
      if (type == ElementType::string || offset > RunPage::kRequestBytes || out.bytes > RunPage::kRequestBytes - offset)
        disagree();
      out.data = small + memory;
      used_ = std::max(used_, static_cast<size_t>(memory) + out.bytes);
    } else if (memory == kCopied) {
      const size_t pieces = count();
      type == ElementType::string ? copy_strings(pieces, out) : copy_bytes(pieces, out);
    } else if (memory == kOnDevice) {
      take_device_tensor(out);
    } else {
      borrow(memory == kBorrowedShared, out);
    }
  }

  void target(TensorBuffer& out) {
    out.type = ElementType::unknown;
    if (next_ != end_ && *next_ == 0) {
      ++next_;
      return;
    }
    tensor(nullptr, out);
    if (!out.borrowed) disagree();
  }

  size_t used() const { return used_; }
  bool shared() const { return shared_; }

 private:
  static constexpr int64_t kMost = 1 << 24;

  [[noreturn]] void disagree() const { throw Napi::RangeError::New(env_, "bytes, type and dims disagree"); }

  Napi::Value thing() { return things_.As<Napi::Array>().Get(place_++); }

  Napi::Uint8Array bytes() {
    const Napi::Value data = thing();
    if (!data.IsTypedArray()) throw Napi::TypeError::New(env_, "data is not a typed array");
    return data.As<Napi::Uint8Array>();
  }

  void copy_bytes(size_t pieces, TensorBuffer& out) {
    out.owner = allocate_tensor_memory(out.bytes);
    if (!out.owner) throw Napi::RangeError::New(env_, "out of memory");
    out.data = out.owner.get();
    auto* target = static_cast<uint8_t*>(out.data);
    size_t left = out.bytes;
    for (size_t i = 0; i < pieces; ++i) {
      const Napi::Uint8Array piece = bytes();
      const size_t size = piece.ByteLength();
      if (size > left) disagree();
      if (size > 0) std::memcpy(target, piece.Data(), size);
      target += size;
      left -= size;
    }
    if (left > 0) disagree();
  }

  void copy_strings(size_t pieces, TensorBuffer& out) {
    for (size_t i = 0; i < pieces; ++i) {
      const auto array = thing().As<Napi::Array>();
      for (uint32_t j = 0; j < array.Length(); ++j) out.strings.push_back(array.Get(j).As<Napi::String>());
    }
    size_t count = 0;
    if (!tensor_bytes(ElementType::uint8, out.dims, count) || count != out.strings.size()) disagree();
  }

  void borrow(bool shared, TensorBuffer& out) {
    Napi::Uint8Array array = bytes();
    if (out.bytes != array.ByteLength()) disagree();
    out.data = array.Data();
    out.borrowed = true;
    shared_ |= shared;
    if (shared || out.bytes == 0) return;  // V8 keeps no address of nothing
    out.owner = find_shared_memory(out.data, out.bytes);
    if (!out.owner) throw Napi::TypeError::New(env_, "data was not allocated here");
  }

  void take_device_tensor(TensorBuffer& out) {
    const TensorBuffer* const tensor = device_tensors_.find(static_cast<uint64_t>(number()));
    if (tensor == nullptr || tensor->type != out.type || tensor->dims != out.dims) disagree();
    out.owner = tensor->owner;
    out.data = tensor->data;
    out.device = tensor->device;
  }

  const Napi::Env env_;
  const double* next_;
  const double* const end_;
  const Napi::Value& things_;
  const DeviceTensors& device_tensors_;
  uint32_t place_ = 0;
  size_t used_ = 0;
  bool shared_ = false;
};

}  // namespace

bool read_request(Napi::Env env, const RunPage& page, std::span<const double> numbers, const Napi::Value& things,
                  const Runner& runner, const DeviceTensors& device_tensors, ReusedMemory& small, Run& run) {
  Reader reader(env, numbers, things, device_tensors);
  run.outputs.resize(reader.count());
  run.stays.assign(run.outputs.size(), false);
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    const int64_t number = reader.number();
    const int64_t place = number < 0 ? -1 - number : number;
    if (place >= static_cast<int64_t>(runner.outputs().size())) {
      throw Napi::RangeError::New(env, "there is no such output");
    }
    if (number < 0 && runner.device() == nullptr) throw Napi::TypeError::New(env, "there is no device to stay on");
    run.outputs[i] = static_cast<uint32_t>(place);
    run.stays[i] = number < 0;
  }
  run.targets.resize(reader.count() == 1 ? run.outputs.size() : 0);
  for (TensorBuffer& target : run.targets) reader.target(target);
  run.feeds.resize(runner.inputs().size());
  uint8_t* const memory = small.resize(RunPage::kRequestBytes);
  if (memory == nullptr) throw Napi::RangeError::New(env, "out of memory");
  for (TensorBuffer& feed : run.feeds) {
    reader.tensor(memory, feed);
    if (feed.device != nullptr && feed.device != runner.device().get()) {
      throw Napi::TypeError::New(env, "the tensor lies on another device");
    }
  }
  if (reader.used() > 0) std::memcpy(memory, page.request_bytes, reader.used());
  return reader.shared();
}

}  // namespace enginery
