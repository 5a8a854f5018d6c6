#include "core/cuda_device.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <utility>

#include "core/running_job.h"

namespace enginery {
namespace {

// For those that have a lost device open to let go of it.
constexpr std::chrono::milliseconds kPatienceWithOwners{500};

// Those that are open, or being opened or closed: these have expired.
struct OpenDevices {
  using Key = std::pair<void*, int32_t>;  // the driver's library, the ordinal

  std::mutex mutex;
  std::condition_variable changed;
  std::map<Key, std::weak_ptr<CudaDevice>> by_key;
};

// A device that is being opened, without the lock: whoever waits for a driver that hangs is to be alone.
class Opening {
 public:
  Opening(OpenDevices& all, OpenDevices::Key key) : all_(all), entry_(all.by_key.try_emplace(key).first) {}
  ~Opening() {
    std::lock_guard lock(all_.mutex);
    if (entry_->second.expired()) all_.by_key.erase(entry_);
    all_.changed.notify_all();
  }
  Opening(const Opening&) = delete;
  Opening& operator=(const Opening&) = delete;

  void done(const std::shared_ptr<CudaDevice>& device) {
    std::lock_guard lock(all_.mutex);
    entry_->second = device;
  }

 private:
  OpenDevices& all_;
  const std::map<OpenDevices::Key, std::weak_ptr<CudaDevice>>::iterator entry_;
};

// Leaked on purpose: the last owner may be a job that outlives main().
OpenDevices& open_devices() {
  static auto* const all = new OpenDevices;
  return *all;
}

std::string mebibytes(size_t bytes, bool up = false) {
  return std::to_string((bytes >> 20) + (up && bytes % (1 << 20) != 0 ? 1 : 0)) + " MiB";
}

CudaAddress address_of(void* memory) { return reinterpret_cast<CudaAddress>(memory); }

}  // namespace

Status CudaDevice::open(const std::string& driver_path, int32_t ordinal, std::shared_ptr<CudaDevice>& out) {
  std::shared_ptr<CudaDevice> device;
  Status status = find_or_retain(driver_path, ordinal, device);
  if (status.ok() && device->lost()) {
    // Whoever disposed of the last thing on it has perhaps not let go yet: threads of ours do that.
    status = device->lost_status();
    const std::weak_ptr<CudaDevice> before = device;
    device.reset();
    OpenDevices& all = open_devices();
    std::unique_lock lock(all.mutex);
    if (!all.changed.wait_for(lock, kPatienceWithOwners, [&] { return before.expired(); })) return status;
    lock.unlock();
    status = find_or_retain(driver_path, ordinal, device);
  }
  if (!status.ok()) return status;
  if (device->lost()) return device->lost_status();
  out = std::move(device);
  return {};
}

Status CudaDevice::find_or_retain(const std::string& driver_path, int32_t ordinal, std::shared_ptr<CudaDevice>& out) {
  CudaDriver driver;
  Status status = CudaDriver::load(driver_path, driver);
  if (status.ok()) status = driver.load_execution();
  if (!status.ok()) return status;

  OpenDevices& all = open_devices();
  const OpenDevices::Key key{driver.library.handle(), ordinal};
  std::unique_lock lock(all.mutex);
  // Of one that is being closed the context may be lost: to retain it now would keep it.
  all.changed.wait(lock, [&] {
    const auto found = all.by_key.find(key);
    return found == all.by_key.end() || (out = found->second.lock()) != nullptr;
  });
  if (out != nullptr) return {};
  Opening opening(all, key);
  lock.unlock();
  status = retain(std::move(driver), ordinal, out);
  if (status.ok()) opening.done(out);
  return status;
}

// CUDA_MODULE_LOADING is left as it is: LAZY is the default since CUDA 12.2, and setting it for older drivers would be
// setenv() in a process whose other threads read the environment, which is not safe.
Status CudaDevice::retain(CudaDriver driver, int32_t ordinal, std::shared_ptr<CudaDevice>& out) {
  int32_t count = 0;
  Status status = driver.initialise(count);
  if (!status.ok()) return status;
  if (ordinal < 0 || ordinal >= count) {
    return Status::failed("ENGINERY_DEVICE_UNAVAILABLE",
                          "There is no GPU " + std::to_string(ordinal) + ": the driver sees " + std::to_string(count) +
                              ", counted from 0",
                          driver.path);
  }
  DeviceInfo info;
  status = driver.describe_device(ordinal, info);
  if (!status.ok()) return status;
  CudaDeviceHandle handle = 0;
  CudaResult result = driver.cuDeviceGet(&handle, ordinal);
  if (result != kCudaSuccess) return driver.unavailable("cuDeviceGet", result);
  CudaContextHandle context = nullptr;
  result = driver.cuDevicePrimaryCtxRetain(&context, handle);
  if (result != kCudaSuccess) {
    status = driver.unavailable("cuDevicePrimaryCtxRetain", result);
    if (result == kCudaOutOfMemory) status.code = "ENGINERY_DEVICE_MEMORY";
    return status;
  }
  out.reset(new CudaDevice(std::move(driver), ordinal, std::move(info), handle, context));
  return {};
}

CudaDevice::~CudaDevice() {
  free(Kind::device, device_pool_.empty());
  free(Kind::pinned, pinned_pool_.empty());
  {
    const RunningJob job;
    if (!RunningJob::exiting()) driver_.cuDevicePrimaryCtxRelease_v2(handle_);
  }
  OpenDevices& all = open_devices();
  std::lock_guard lock(all.mutex);
  all.by_key.erase({driver_.library.handle(), ordinal_});
  all.changed.notify_all();
}

CudaDevice::Entered::~Entered() {
  if (driver_ == nullptr || driver_->cuCtxSetCurrent(before_) == kCudaSuccess) return;
  driver_->cuCtxSetCurrent(nullptr);  // none is better than one that may be gone
}

Status CudaDevice::enter(Entered& scope) {
  if (lost_) return lost_status();
  CudaContextHandle before = nullptr;
  Status status = check(driver_.cuCtxGetCurrent(&before), "cuCtxGetCurrent");
  if (!status.ok() || before == context_) return status;
  status = check(driver_.cuCtxSetCurrent(context_), "cuCtxSetCurrent");
  if (!status.ok()) return status;
  scope.driver_ = &driver_;
  scope.before_ = before;
  return {};
}

bool CudaDevice::enter_to_free(Entered& scope) {
  CudaContextHandle before = nullptr;
  driver_.cuCtxGetCurrent(&before);
  if (before == context_) return true;
  // It may give an error of what went before: hence the second try.
  if (driver_.cuCtxSetCurrent(context_) != kCudaSuccess && driver_.cuCtxSetCurrent(context_) != kCudaSuccess) {
    return false;
  }
  scope.driver_ = &driver_;
  scope.before_ = before;
  return true;
}

Status CudaDevice::check(CudaResult result, const char* function) {
  if (result == kCudaSuccess) return {};
  const std::string message = std::string(function) + ": " + driver_.describe(result);
  if (is_sticky(result)) {
    {
      std::lock_guard lock(lost_mutex_);
      if (lost_reason_.empty()) lost_reason_ = message;
    }
    lost_ = true;
  }
  if (lost_) return lost_status();
  return Status::failed(result == kCudaOutOfMemory ? "ENGINERY_DEVICE_MEMORY" : "ENGINERY_RUN_FAILED", message,
                        info_.name);
}

Status CudaDevice::lost_status() const {
  std::lock_guard lock(lost_mutex_);
  return Status::failed("ENGINERY_DEVICE_LOST",
                        "GPU " + std::to_string(ordinal_) + " (" + info_.name + ") is lost: " + lost_reason_,
                        info_.name);
}

Status CudaDevice::lost_or(Status status) {
  size_t available = 0;
  size_t total = 0;
  if (!lost_) check(driver_.cuMemGetInfo_v2(&available, &total), "cuMemGetInfo");
  if (!lost_) return status;
  Status lost = lost_status();
  lost.log = std::move(status.log);
  return lost;
}

Status CudaDevice::allocate(size_t bytes, std::shared_ptr<void>& out) { return allocate(Kind::device, bytes, out); }

Status CudaDevice::allocate_pinned(size_t bytes, std::shared_ptr<void>& out) {
  return allocate(Kind::pinned, bytes, out);
}

Status CudaDevice::allocate(Kind kind, size_t bytes, std::shared_ptr<void>& out) {
  if (lost_) return lost_status();
  CudaMemoryPool& pool = this->pool(kind);
  const size_t size = pool.block_size(bytes);
  void* memory = pool.take(size);
  if (memory == nullptr) {
    const Status status = retrying(kind, [&] { return make(kind, size, memory); });
    if (!status.ok()) return status;
    pool.add(size);
  }
  out = std::shared_ptr<void>(memory, [device = shared_from_this(), kind, size](void* freed) mutable {
    const auto owner = std::move(device);  // a weak_ptr, which keeps this function, does not keep the device
    owner->free(kind, owner->pool(kind).give_back(freed, size));
  });
  return {};
}

Status CudaDevice::retrying(Kind kind, const std::function<Status()>& work) {
  Status status = work();
  if (status.code != "ENGINERY_DEVICE_MEMORY") return status;
  const auto kept = pool(kind).empty();
  free(kind, kept);
  return kept.empty() ? status : work();
}

Status CudaDevice::make(Kind kind, size_t size, void*& out) {
  if (kind == Kind::device) return make_device(size, out);
  Status status = check(driver_.cuMemHostAlloc(&out, size, 0), "cuMemHostAlloc");
  if (status.code == "ENGINERY_DEVICE_MEMORY") {
    status.message = "No " + mebibytes(size, true) + " of memory that stays in place for the GPU: " + status.message;
  }
  return status;
}

// Asks first what is free: some drivers give memory of the CPU's where the GPU's is full, and all gets slow.
Status CudaDevice::make_device(size_t size, void*& out) {
  size_t available = 0;
  size_t total = 0;
  Status status = check(driver_.cuMemGetInfo_v2(&available, &total), "cuMemGetInfo");
  if (!status.ok()) return status;
  CudaResult result = kCudaOutOfMemory;
  CudaAddress address = 0;
  if (size <= available) result = driver_.cuMemAlloc_v2(&address, size);
  if (result == kCudaOutOfMemory) {
    return Status::failed("ENGINERY_DEVICE_MEMORY",
                          "GPU " + std::to_string(ordinal_) + " (" + info_.name +
                              ") has too little memory: " + mebibytes(size, true) + " needed, " + mebibytes(available) +
                              " free of " + mebibytes(total),
                          info_.name);
  }
  out = reinterpret_cast<void*>(address);
  return check(result, "cuMemAlloc");
}

void CudaDevice::free(Kind kind, const std::vector<void*>& blocks) {
  for (void* block : blocks) {
    if (kind == Kind::device) {
      release("cuMemFree", [&] { return driver_.cuMemFree_v2(address_of(block)); });
    } else {
      release("cuMemFreeHost", [&] { return driver_.cuMemFreeHost(block); });
    }
  }
}

CudaDevice::Usage CudaDevice::usage() const {
  const auto device = device_pool_.usage();
  const auto pinned = pinned_pool_.usage();
  return {device.in_use, pinned.in_use, device.kept, pinned.kept};
}

void CudaDevice::release(const char* function, const std::function<CudaResult()>& free) {
  const RunningJob job;  // with it alive the exiting process does not shut the driver down
  if (RunningJob::exiting()) return;
  Entered scope;
  if (enter(scope).ok()) check(free(), function);
}

}  // namespace enginery
