// @module-tag emulator
// @module-tag faults
// Devices whose driver fails: typed errors, nothing left behind, no other device affected.
#include <set>

#include "core/cuda_stream.h"
#include "core/running_job.h"
#include "emulated_device_fixture.h"

namespace enginery {
namespace {

using CudaDeviceFaults = CudaDeviceTest;

TEST_F(CudaDeviceFaults, IsLostForAll) {
  Device device = open(0);
  const Device other = open(1);
  Memory memory;
  {
    CudaDevice::Entered entered;
    ASSERT_TRUE(device->enter(entered).ok());
    ASSERT_TRUE(device->allocate(64, memory).ok());
    std::unique_ptr<CudaStream> stream;
    std::unique_ptr<CudaEvent> event;
    ASSERT_TRUE(CudaStream::open(device, stream).ok());
    ASSERT_TRUE(CudaEvent::open(device, event).ok());
    ASSERT_TRUE(event->record(*stream).ok());
    ASSERT_TRUE(event->wait().ok());

    emuSet("fail launch 1 719");
    const auto queue = reinterpret_cast<CUstream>(stream->handle());
    emuLaunch(
        queue, "broken", [](void*) {}, nullptr, nullptr);
    event->record(*stream);  // may fail already
    const Status status = event->wait();
    EXPECT_EQ(status.code, "ENGINERY_DEVICE_LOST");
    EXPECT_EQ(status.subject, "Emulated GPU A");
    EXPECT_NE(status.message.find("GPU 0 (Emulated GPU A) is lost: cuEvent"), std::string::npos) << status.message;
    EXPECT_NE(status.message.find("CUDA_ERROR_LAUNCH_FAILED (719)"), std::string::npos) << status.message;
  }
  EXPECT_TRUE(device->lost());
  Memory none;
  Device again;
  CudaDevice::Entered refused;
  EXPECT_EQ(device->enter(refused).code, "ENGINERY_DEVICE_LOST");
  EXPECT_EQ(device->allocate(64, none).code, "ENGINERY_DEVICE_LOST");
  EXPECT_EQ(device->allocate_pinned(64, none).code, "ENGINERY_DEVICE_LOST");
  EXPECT_EQ(CudaDevice::open(ENGINERY_EMULATED_CUDA, 0, again).code, "ENGINERY_DEVICE_LOST");
  // What the driver answers to a lost device's calls need not be sticky itself.
  EXPECT_EQ(device->check(999, "cuMemcpyHtoDAsync").code, "ENGINERY_DEVICE_LOST");

  {
    CudaDevice::Entered entered;
    ASSERT_TRUE(other->enter(entered).ok());
    EXPECT_TRUE(other->allocate(64, none).ok());
    EXPECT_FALSE(other->lost());
  }

  memory.reset();
  device.reset();
  EXPECT_FALSE(open(0)->lost()) << "with all of it let go, it starts anew";
}

TEST_F(CudaDeviceFaults, LeavesNoContextToAThreadThatCannotGetItsOwnBack) {
  const Device device = open(0);
  {
    CudaDevice::Entered entered;
    ASSERT_TRUE(device->enter(entered).ok());
    emuSet("fail cuCtxSetCurrent 1 999");
  }
  EXPECT_EQ(current(), nullptr);
}

TEST_F(CudaDeviceFaults, IsLostByEveryStickyError) {
#define NUMBER(name, number) number,
  for (const CudaResult sticky : {ENGINERY_CUDA_STICKY_ERRORS(NUMBER)}) {
#undef NUMBER
    const Device device = open(0);
    EXPECT_EQ(device->check(999, "cuStreamSynchronize").code, "ENGINERY_RUN_FAILED");
    EXPECT_FALSE(device->lost());
    EXPECT_EQ(device->check(sticky, "cuStreamSynchronize").code, "ENGINERY_DEVICE_LOST");
    EXPECT_TRUE(device->lost());
  }
}

// All that this layer does.
Status use_device() {
  Device device;
  Status status = CudaDevice::open(ENGINERY_EMULATED_CUDA, 0, device);
  if (!status.ok()) return status;
  CudaDevice::Entered entered;
  status = device->enter(entered);
  Memory memory, pinned;
  std::unique_ptr<CudaEvent> event;
  std::unique_ptr<CudaStream> stream;  // ends first, as it waits for the rest
  if (status.ok()) status = device->allocate(64, memory);
  if (status.ok()) status = device->allocate_pinned(64, pinned);
  if (status.ok()) status = CudaStream::open(device, stream);
  if (status.ok()) status = CudaEvent::open(device, event);
  if (status.ok()) status = event->record(*stream);
  if (status.ok()) status = event->wait();
  return status;
}

TEST_F(CudaDeviceFaults, SurvivesTheFailureOfEveryCall) {
#define NAME(name, parameters) #name,
  const std::string functions[] = {ENGINERY_CUDA_DESCRIPTION(NAME) ENGINERY_CUDA_EXECUTION(NAME)};
#undef NAME
  const std::string left = "the context is destroyed with this still live in it";
  std::set<std::string> told;
  for (const std::string& function : functions) {
    const std::string plain = function.substr(0, function.find("_v"));
    for (const CudaResult result : {999, 2, 719}) {
      for (int nth = 1; nth <= 12; ++nth) {
        SCOPED_TRACE(function + " " + std::to_string(nth) + " " + std::to_string(result));
        emuSet(("reset\nfail " + function + " " + std::to_string(nth) + " " + std::to_string(result)).c_str());
        const Status status = use_device();
        emuSet("reset");
        if (!status.ok()) told.insert(plain);
        if (!status.ok() && result == 999) {
          EXPECT_NE(status.message.find(plain + ": "), std::string::npos) << status.message;
        }
        const std::set<std::string> codes{"", "ENGINERY_DEVICE_UNAVAILABLE", "ENGINERY_DEVICE_MEMORY",
                                          result == 719 ? "ENGINERY_DEVICE_LOST" : "ENGINERY_RUN_FAILED"};
        EXPECT_TRUE(codes.contains(status.code)) << status.code << ": " << status.message;

        // What could not be freed goes with the context, and what is lost is not freed at all.
        const std::string reports = take_reports();
        if (!reports.empty()) {
          EXPECT_NE(reports.find(left), std::string::npos) << reports;
          EXPECT_TRUE(status.ok() || status.code == "ENGINERY_DEVICE_LOST") << reports;
        }
        if (plain == "cuDevicePrimaryCtxRelease" && text_of(emuLive) == "context 1") {
          EXPECT_EQ(cuDevicePrimaryCtxRelease(0), CUDA_SUCCESS);
        }
        EXPECT_EQ(text_of(emuLive), "");
        EXPECT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
        if (HasFailure()) return;
      }
    }
  }
  const std::set<std::string> all{"cuInit",
                                  "cuDeviceGetCount",
                                  "cuDeviceGet",
                                  "cuDeviceGetName",
                                  "cuDeviceGetAttribute",
                                  "cuDeviceTotalMem",
                                  "cuDevicePrimaryCtxRetain",
                                  "cuCtxSetCurrent",
                                  "cuCtxGetCurrent",
                                  "cuMemGetInfo",
                                  "cuMemAlloc",
                                  "cuMemHostAlloc",
                                  "cuStreamCreate",
                                  "cuEventCreate",
                                  "cuEventRecord",
                                  "cuEventSynchronize"};
  EXPECT_EQ(told, all);
}

TEST_F(CudaDeviceFaults, DescribesNoDriverOfWhichACallFails) {
#define NAME(name, parameters) #name,
  std::set<std::string> untold{ENGINERY_CUDA_DESCRIPTION(NAME)};
#undef NAME
  for (const std::string& function : std::set<std::string>(untold)) {
    for (int nth = 1; nth <= 4; ++nth) {  // of two devices, each asked for two attributes
      emuSet(("reset\nfail " + function + " " + std::to_string(nth) + " 999").c_str());
      DriverInfo info;
      const Status status = describe_driver(ENGINERY_EMULATED_CUDA, info);
      if (status.ok()) continue;
      untold.erase(function);
      EXPECT_EQ(status.code, "ENGINERY_DEVICE_UNAVAILABLE");
      EXPECT_EQ(status.message.find(function.substr(0, function.find("_v")) + ": CUDA_ERROR_UNKNOWN (999)"), 0u)
          << status.message;
    }
  }
  EXPECT_EQ(untold, (std::set<std::string>{"cuGetErrorName", "cuGetErrorString"})) << "they explain what else fails";
}

using CudaDeviceDeathTest = CudaDeviceTest;

TEST_F(CudaDeviceDeathTest, TouchesNoDriverThatMayHaveShutDown) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static Memory memory;
        emuSet("checks off");  // nor is the memory filled
        const Device device = open(0);
        RunningJob::prepare_for_exit();
        {
          CudaDevice::Entered entered;
          if (!device->enter(entered).ok() || !device->allocate(300 * kMiB, memory).ok()) exit(1);
        }
        emuSet("crash cuMemFree 1\ncrash cuDevicePrimaryCtxRelease 1\ncrash cuCtxSetCurrent 1");
        exit(7);
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace enginery
