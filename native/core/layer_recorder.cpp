#include "core/layer_recorder.h"

#include <exception>

namespace enginery {

LayerRecorder::LayerRecorder(LayerTimes& times) : times_(times) {
  profiler_.user = this;
  profiler_.layer = [](void* self, const char* name, float milliseconds) {
    try {
      static_cast<LayerRecorder*>(self)->run_.emplace_back(name, milliseconds);
    } catch (const std::exception&) {
      // Out of memory: the layer is lost, as no exception may pass through TensorRT.
    }
  };
}

}  // namespace enginery
