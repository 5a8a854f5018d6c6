// A GPU as sessions use it: its primary context, its memory, and whether it still works.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/cuda_driver.h"
#include "core/cuda_memory_pool.h"
#include "core/status.h"

namespace enginery {

class CudaDevice : public std::enable_shared_from_this<CudaDevice> {
 public:
  // Opens the driver and retains the device's primary context, once for all sessions of the process that have it open;
  // the last to let go releases it. Blocks: call it on a job thread.
  //
  // A device that is lost is opened anew when nobody has it open any more; until then this is ENGINERY_DEVICE_LOST. A
  // try: of most such errors NVIDIA says that the process must end.
  static Status open(const std::string& driver_path, int32_t ordinal, std::shared_ptr<CudaDevice>& out);

  // Frees all and releases the context, on whatever thread lets go last. Waits for the driver.
  ~CudaDevice();
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  const CudaDriver& driver() const { return driver_; }
  int32_t ordinal() const { return ordinal_; }
  const DeviceInfo& info() const { return info_; }

  // While one lives, a context is current on its thread; then the one from before is again, so that no thread is left
  // with a context that is gone, nor other people's code without theirs.
  class Entered {
   public:
    Entered() = default;
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    friend class CudaDevice;
    const CudaDriver* driver_ = nullptr;
    CudaContextHandle before_ = nullptr;
  };

  // Makes the context the calling thread's until `scope` ends, which must be before the device is let go.
  // ENGINERY_DEVICE_LOST where it is lost.
  Status enter(Entered& scope);

  // As enter(), also where the device is lost: for letting go of what holds memory of the CPU's as well. False where
  // the driver refuses.
  bool enter_to_free(Entered& scope);

  // Ends a call of the driver: makes a status of its result that names the function. An error that is sticky loses the
  // device: from then on it is ENGINERY_DEVICE_LOST for everybody. Out of memory is ENGINERY_DEVICE_MEMORY, all else
  // ENGINERY_RUN_FAILED.
  Status check(CudaResult result, const char* function);
  bool lost() const { return lost_; }
  Status lost_status() const;

  // What failed inside TensorRT, which says why in words of its own: `status`, unless the device is lost. Asks the
  // driver, as TensorRT may have been the first to be told. The device is entered, and no stream of this thread's
  // records.
  Status lost_or(Status status);

  // Memory of a pool, given back when the last owner lets go, on any thread, who keeps the device open until then;
  // alignment 256. ENGINERY_DEVICE_MEMORY where there is none. The device must be entered. Up to 256 MiB of each kind
  // are kept when they come back, as making memory is slow and freeing it waits for the device; they are freed where
  // others need them.
  Status allocate(size_t bytes, std::shared_ptr<void>& out);         // of the GPU: not for the CPU to touch
  Status allocate_pinned(size_t bytes, std::shared_ptr<void>& out);  // of the CPU, which the GPU copies by itself

  // What allocate() takes for so many bytes: somewhat more.
  size_t block_size(size_t bytes) const { return device_pool_.block_size(bytes); }

  // Work in which TensorRT takes memory of the GPU by itself: where that fails for want of memory, it is done once more
  // without what is kept. The device must be entered.
  Status without_kept_memory(const std::function<Status()>& work) { return retrying(Kind::device, work); }

  struct Usage {
    size_t device_bytes = 0;  // in use, of what allocate() gave
    size_t pinned_bytes = 0;
    size_t kept_device_bytes = 0;  // in the pool
    size_t kept_pinned_bytes = 0;
  };
  Usage usage() const;

  // For destructors: lets the driver free something of this context, on any thread. There is nobody to tell if it
  // fails; what is left goes with the context. Does nothing where the device is lost, or the process exits and the
  // driver may have shut down.
  void release(const char* function, const std::function<CudaResult()>& free);

 private:
  enum class Kind { device, pinned };

  CudaDevice(CudaDriver driver, int32_t ordinal, DeviceInfo info, CudaDeviceHandle handle, CudaContextHandle context)
      : driver_(std::move(driver)), ordinal_(ordinal), info_(std::move(info)), handle_(handle), context_(context) {}

  static Status find_or_retain(const std::string& driver_path, int32_t ordinal, std::shared_ptr<CudaDevice>& out);
  static Status retain(CudaDriver driver, int32_t ordinal, std::shared_ptr<CudaDevice>& out);

  CudaMemoryPool& pool(Kind kind) { return kind == Kind::device ? device_pool_ : pinned_pool_; }
  Status allocate(Kind kind, size_t bytes, std::shared_ptr<void>& out);
  Status retrying(Kind kind, const std::function<Status()>& work);
  Status make(Kind kind, size_t size, void*& out);
  Status make_device(size_t size, void*& out);
  void free(Kind kind, const std::vector<void*>& blocks);

  const CudaDriver driver_;
  const int32_t ordinal_;
  const DeviceInfo info_;
  const CudaDeviceHandle handle_;
  const CudaContextHandle context_;
  CudaMemoryPool device_pool_{size_t{256} << 20};
  CudaMemoryPool pinned_pool_{size_t{256} << 20};
  std::atomic<bool> lost_{false};
  mutable std::mutex lost_mutex_;
  std::string lost_reason_;  // under lost_mutex_
};

}  // namespace enginery
