// @module-tag emulator
// @module-tag device-tensors
// Tensors that stay on a device, over the emulated driver.
#include "core/device_tensor.h"

#include <chrono>
#include <cstring>
#include <thread>

#include "core/cuda_stream.h"
#include "emulated_device_fixture.h"

namespace enginery {
namespace {

class DeviceTensorTest : public CudaDeviceTest {
 protected:
  // 0, 1, 2 … on the device.
  static TensorBuffer tensor_on(const Device& device, size_t elements) {
    TensorBuffer tensor;
    tensor.type = ElementType::uint8;
    tensor.dims = {static_cast<int64_t>(elements)};
    tensor.bytes = elements;
    tensor.device = device.get();
    CudaDevice::Entered entered;
    EXPECT_TRUE(device->enter(entered).ok());
    Memory memory, pinned;
    std::unique_ptr<CudaStream> stream;
    EXPECT_TRUE(device->allocate(elements, memory).ok());
    EXPECT_TRUE(device->allocate_pinned(2 * elements, pinned).ok());  // no block for the download
    EXPECT_TRUE(CudaStream::open(device, stream).ok());
    for (size_t i = 0; i < elements; ++i) static_cast<uint8_t*>(pinned.get())[i] = static_cast<uint8_t>(i);
    if (elements > 0) {
      const CudaAddress to = reinterpret_cast<CudaAddress>(memory.get());
      EXPECT_EQ(device->driver().cuMemcpyHtoDAsync_v2(to, pinned.get(), elements, stream->handle()), kCudaSuccess);
      EXPECT_EQ(device->driver().cuStreamSynchronize(stream->handle()), kCudaSuccess);
    }
    tensor.owner = released_elsewhere(*device, std::move(memory));
    tensor.data = tensor.owner.get();
    return tensor;
  }

  // Until threads of ours have let go.
  static void wait_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(done());
  }
  static void wait_until_nothing_lives() {
    wait_until([] { return text_of(emuLive).empty(); });
  }
};

TEST_F(DeviceTensorTest, IsDownloaded) {
  emuSet("latency copy=5ms");
  Device device = open(0);
  TensorBuffer tensor = tensor_on(device, 5000);
  TensorBuffer copy;
  const Status status = download(tensor, copy);
  ASSERT_TRUE(status.ok()) << status.message;
  EXPECT_EQ(copy.dims, tensor.dims);
  EXPECT_EQ(copy.bytes, 5000u);
  EXPECT_EQ(copy.device, nullptr);
  for (size_t i = 0; i < 5000; ++i) ASSERT_EQ(static_cast<uint8_t*>(copy.data)[i], static_cast<uint8_t>(i));
  TensorBuffer empty = tensor_on(device, 0);
  ASSERT_TRUE(download(empty, copy).ok());
  EXPECT_EQ(copy.bytes, 0u);
  tensor = {};
  empty = {};
  device.reset();
  wait_until_nothing_lives();
}

TEST_F(DeviceTensorTest, GivesItsMemoryBackOnAnotherThread) {
  emuSet("checks off");  // nor is the memory filled
  Device device = open(0);
  Memory memory;
  {
    CudaDevice::Entered entered;
    ASSERT_TRUE(device->enter(entered).ok());
    ASSERT_TRUE(device->allocate(300 * kMiB, memory).ok());  // more than the pool keeps
  }
  memory = released_elsewhere(*device, std::move(memory));
  Memory other = memory;
  memory.reset();
  EXPECT_EQ(device->usage().device_bytes, 300 * kMiB);
  emuSet("hang cuMemFree 1");
  other.reset();  // does not wait for it
  emuSet("reset");
  wait_until([&] { return device->usage().device_bytes == 0; });
  device.reset();
  wait_until_nothing_lives();
}

TEST_F(DeviceTensorTest, SaysWhatFails) {
  for (const char* function : {"cuMemHostAlloc", "cuStreamCreate", "cuEventCreate", "cuMemcpyDtoHAsync",
                               "cuEventRecord", "cuEventSynchronize"}) {
    for (const char* error : {"2", "719"}) {
      Device device = open(0);
      TensorBuffer tensor = tensor_on(device, 100 << 10);
      emuSet((std::string("fail ") + function + " * " + error).c_str());
      TensorBuffer copy;
      const Status status = download(tensor, copy);
      EXPECT_EQ(status.code, error[0] == '2' ? "ENGINERY_DEVICE_MEMORY" : "ENGINERY_DEVICE_LOST") << function;
      EXPECT_NE(status.message.find(function), std::string::npos) << status.message;
      EXPECT_EQ(copy.owner, nullptr);
      emuSet("reset");
      EXPECT_EQ(download(tensor, copy).ok(), error[0] == '2') << function;
      tensor = {};
      device.reset();
      // No sooner, where it was lost, is it there again.
      EXPECT_FALSE(open(0)->lost()) << function;
      wait_until_nothing_lives();
    }
  }
}

}  // namespace
}  // namespace enginery
