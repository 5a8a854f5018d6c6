#include "emulator/tensorrt/onnx_graph.h"

#include <algorithm>

namespace enginery::emulator {
namespace {

// Fields of one message of Protocol buffers, one after the other.
class Message {
 public:
  Message(std::string_view file, std::string_view bytes) : file_(file), rest_(bytes) {}

  // False at the end, and where the bytes are broken: `ok` tells.
  bool next() {
    if (rest_.empty()) return false;
    const uint64_t key = varint();
    field = static_cast<int>(key >> 3);
    const int wire = static_cast<int>(key & 7);
    if (wire == 0) {
      number = varint();
    } else if (wire == 1 || wire == 5) {
      take(wire == 1 ? 8 : 4);
    } else if (wire == 2) {
      take(varint());
    } else {
      ok = false;
    }
    return ok && field != 0;
  }

  Message inner() const { return {file_, bytes}; }
  std::string text() const { return std::string(bytes); }
  size_t offset() const { return static_cast<size_t>(bytes.data() - file_.data()); }

  int field = 0;
  uint64_t number = 0;
  std::string_view bytes;
  bool ok = true;

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok = false;
    return 0;
  }

  void take(uint64_t size) {
    ok = ok && size <= rest_.size();
    if (!ok) return;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }

  std::string_view file_;
  std::string_view rest_;
};

bool read_node(Message message, OnnxNode& node) {
  while (message.next()) {
    if (message.field == 1) node.inputs.push_back(message.text());
    if (message.field == 2) node.outputs.push_back(message.text());
    if (message.field == 3) node.name = message.text();
    if (message.field == 4) node.op = message.text();
    if (message.field == 7) node.domain = message.text();
  }
  return message.ok;
}

bool read_weights(Message message, OnnxWeights& weights) {
  while (message.next()) {
    if (message.field == 1 && message.bytes.empty()) weights.dims.push_back(static_cast<int64_t>(message.number));
    if (message.field == 1 && !message.bytes.empty()) {  // packed
      for (size_t i = 0; i < message.bytes.size();) {
        uint64_t dim = 0;
        for (int shift = 0; i < message.bytes.size(); shift += 7) {
          const auto byte = static_cast<uint8_t>(message.bytes[i++]);
          dim |= static_cast<uint64_t>(byte & 0x7f) << shift;
          if (byte < 0x80) break;
        }
        weights.dims.push_back(static_cast<int64_t>(dim));
      }
    }
    if (message.field == 2) weights.type = static_cast<int32_t>(message.number);
    if (message.field == 8) weights.name = message.text();
    if (message.field == 9) weights.offset = message.offset(), weights.size = message.bytes.size();
    if (message.field == 14) weights.external = message.number == 1;
    message.bytes = {};
  }
  return message.ok;
}

bool read_name(Message message, std::string& name) {
  while (message.next()) {
    if (message.field == 1) name = message.text();
  }
  return message.ok;
}

bool read_main(Message message, OnnxGraph& graph) {
  bool fine = true;
  while (fine && message.next()) {
    if (message.field == 1) fine = read_node(message.inner(), graph.nodes.emplace_back());
    if (message.field == 2) graph.name = message.text();
    if (message.field == 5) fine = read_weights(message.inner(), graph.weights.emplace_back());
    if (message.field == 11) fine = read_name(message.inner(), graph.inputs.emplace_back());
    if (message.field == 12) fine = read_name(message.inner(), graph.outputs.emplace_back());
  }
  std::erase_if(graph.inputs, [&](const std::string& input) {
    return std::any_of(graph.weights.begin(), graph.weights.end(), [&](const auto& it) { return it.name == input; });
  });
  return fine && message.ok;
}

}  // namespace

bool OnnxGraph::has_external_data() const {
  return std::any_of(weights.begin(), weights.end(), [](const OnnxWeights& it) { return it.external; });
}

bool read_graph(std::string_view model, OnnxGraph& out) {
  Message message(model, model);
  bool found = false;
  while (message.next()) {
    if (message.field != 7) continue;
    found = true;
    if (!read_main(message.inner(), out)) return false;
  }
  return found && message.ok;
}

}  // namespace enginery::emulator
