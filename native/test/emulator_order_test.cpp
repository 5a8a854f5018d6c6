// @no-feature tests the emulator, not what runs on it
// Random programs in which events and the host order everything: the emulated driver has nothing to report, and
// computes what they say. With one wait too few it reports.
#include <array>
#include <random>
#include <vector>

#include "emulator_fixture.h"

namespace enginery {
namespace {

constexpr size_t kSize = 64;

class Order : public Emulator {
 protected:
  // Memory, the event of its last writer, those of its readers since, and the byte that it must hold.
  struct Buffer {
    CUdeviceptr memory = 0;
    CUevent written = nullptr;
    std::vector<CUevent> read;
    unsigned char expected = 0;
  };

  Buffer make_buffer() {
    Buffer fresh;
    EXPECT_EQ(cuMemAlloc(&fresh.memory, kSize), CUDA_SUCCESS);
    return fresh;
  }

  static void destroy_seen(CUevent event) {
    EXPECT_EQ(cuEventSynchronize(event), CUDA_SUCCESS);
    EXPECT_EQ(cuEventDestroy(event), CUDA_SUCCESS);
  }

  static void free_buffer(Buffer& buffer) {
    if (buffer.written != nullptr) destroy_seen(buffer.written);
    for (const CUevent event : buffer.read) destroy_seen(event);
    EXPECT_EQ(cuMemFree(buffer.memory), CUDA_SUCCESS);
  }

  static CUevent record(CUstream stream) {
    CUevent event = nullptr;
    EXPECT_EQ(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
    EXPECT_EQ(cuEventRecord(event, stream), CUDA_SUCCESS);
    return event;
  }

  static void wait(CUstream stream, CUevent event) {
    if (event != nullptr) {
      EXPECT_EQ(cuStreamWaitEvent(stream, event, 0), CUDA_SUCCESS);
    }
  }

  static void before_write(CUstream stream, Buffer& buffer) {
    wait(stream, buffer.written);
    for (const CUevent event : buffer.read) wait(stream, event);
  }

  static void after_write(CUstream stream, Buffer& buffer) {
    if (buffer.written != nullptr) destroy_seen(buffer.written);
    for (const CUevent event : buffer.read) destroy_seen(event);
    buffer.read.clear();
    buffer.written = record(stream);
  }

  void set(CUstream stream, Buffer& buffer, unsigned char value) {
    before_write(stream, buffer);
    EXPECT_EQ(cuMemsetD8Async(buffer.memory, value, kSize, stream), CUDA_SUCCESS);
    after_write(stream, buffer);
    buffer.expected = value;
  }

  void copy(CUstream stream, Buffer& to, Buffer& from) {
    before_write(stream, to);
    wait(stream, from.written);
    EXPECT_EQ(cuMemcpyDtoDAsync(to.memory, from.memory, kSize, stream), CUDA_SUCCESS);
    from.read.push_back(record(stream));
    after_write(stream, to);
    to.expected = from.expected;
  }

  void add_one(CUstream stream, Buffer& to, Buffer& from) {
    struct Addresses {
      CUdeviceptr to;
      CUdeviceptr from;
    };
    before_write(stream, to);
    wait(stream, from.written);
    EXPECT_EQ(emuLaunch(
                  stream, "add one",
                  [](void* data) {
                    const Addresses& addresses = *static_cast<Addresses*>(data);
                    auto* result = static_cast<unsigned char*>(emuMemory(addresses.to, kSize));
                    const auto* source = static_cast<unsigned char*>(emuMemory(addresses.from, kSize));
                    for (size_t i = 0; i < kSize; ++i) result[i] = static_cast<unsigned char>(source[i] + 1);
                  },
                  new Addresses{to.memory, from.memory}, [](void* data) { delete static_cast<Addresses*>(data); }),
              CUDA_SUCCESS);
    from.read.push_back(record(stream));
    after_write(stream, to);
    to.expected = static_cast<unsigned char>(from.expected + 1);
  }
};

TEST_F(Order, OfRandomProgramsIsRight) {
  std::mt19937 random(20);
  const auto below = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  std::array<CUstream, 4> streams;
  for (CUstream& each : streams) ASSERT_EQ(cuStreamCreate(&each, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  std::array<Buffer, 4> buffers;
  for (Buffer& each : buffers) {
    each = make_buffer();
    set(streams[below(4)], each, 1);
  }
  unsigned char* host = pinned(kSize);
  for (int step = 0; step < 600; ++step) {
    CUstream& on = streams[below(4)];
    Buffer& first = buffers[below(4)];
    Buffer& second = buffers[below(4)];
    switch (below(8)) {
      case 0:
        set(on, first, static_cast<unsigned char>(step));
        break;
      case 1:
      case 2:
        if (&first != &second) copy(on, first, second);
        break;
      case 3:
      case 4:
        if (&first != &second) add_one(on, first, second);
        break;
      case 5:
        wait(on, first.written);
        EXPECT_EQ(cuMemcpyDtoHAsync(host, first.memory, kSize, on), CUDA_SUCCESS);
        EXPECT_EQ(cuStreamSynchronize(on), CUDA_SUCCESS);
        ASSERT_EQ(host[kSize - 1], first.expected) << "step " << step;
        break;
      case 6:
        EXPECT_EQ(cuStreamSynchronize(on), CUDA_SUCCESS);
        EXPECT_EQ(cuStreamDestroy(on), CUDA_SUCCESS);
        EXPECT_EQ(cuStreamCreate(&on, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
        break;
      default:
        free_buffer(first);
        first = make_buffer();
        set(on, first, 7);
    }
    ASSERT_EQ(take_reports(), "") << "step " << step;
  }
  for (Buffer& each : buffers) free_buffer(each);
  for (const CUstream each : streams) {
    EXPECT_EQ(cuStreamSynchronize(each), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamDestroy(each), CUDA_SUCCESS);
  }
}

TEST_F(Order, OfOneWaitTooFewIsReported) {
  emuSet("inline on");
  const CUstream first = stream();
  const CUstream second = stream();
  Buffer from = make_buffer();
  Buffer to = make_buffer();
  set(first, from, 1);
  const CUevent written = from.written;
  from.written = nullptr;  // so that nobody waits for it
  copy(second, to, from);
  EXPECT_NE(take_reports().find("cuMemcpyDtoDAsync (operation 1 of stream"), std::string::npos);
  from.written = written;
  free_buffer(from);
  free_buffer(to);
}

}  // namespace
}  // namespace enginery
