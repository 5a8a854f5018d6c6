#include "emulator/tensorrt/object.h"

namespace enginery::emulator {

Object::Object(const char* kind, nvinfer1::ILogger& logger, bool one_thread)
    : kind_(kind), logger_(logger), one_thread_(one_thread) {
  count(1);
}

Object::~Object() {
  set_recorder(nullptr);
  count(-1);
}

void Object::count(int32_t change) const {
  if (cuda_ != nullptr && cuda_->emuObject != nullptr) cuda_->emuObject(kind_, change);
}

void Object::set_recorder(nvinfer1::IErrorRecorder* recorder) {
  if (recorder != nullptr) recorder->incRefCount();
  if (recorder_ != nullptr) recorder_->decRefCount();
  recorder_ = recorder;
}

bool Object::error(const std::string& message) const {
  log(Severity::kERROR, message);
  if (recorder_ != nullptr) recorder_->reportError(nvinfer1::ErrorCode::kINVALID_ARGUMENT, message.c_str());
  return false;
}

bool Object::breach(const std::string& message) const {
  if (const Driver* cuda = driver(); cuda != nullptr && cuda->emuReport != nullptr) cuda->emuReport(message.c_str());
  return error(message);
}

Call::Call(const Object& object, const char* function, int32_t since) : object_(object) {
  if (since > version().number()) {
    allowed_ = object.breach(std::string(function) + " is newer than this version of TensorRT");
    return;
  }
  if (object.one_thread_) {
    std::thread::id caller{};  // nobody; a call from within a callback of the same thread is fine
    entered_ = object.caller_.compare_exchange_strong(caller, std::this_thread::get_id());
    if (!entered_ && caller != std::this_thread::get_id()) {
      allowed_ = object.breach(std::string(function) + " is called while another thread is inside the same object");
      return;
    }
  }
  const Driver* const cuda = driver();
  const int32_t fault = cuda != nullptr && cuda->emuFault != nullptr ? cuda->emuFault(function) : 0;
  pretends_ = fault == EMU_IGNORE;
  if (pretends_) {
    allowed_ = false;
  } else if (fault != 0) {
    allowed_ = object.error(std::string(function) + ": planned failure " + std::to_string(fault));
  }
}

Call::~Call() {
  if (entered_) object_.caller_.store({});
}

}  // namespace enginery::emulator
