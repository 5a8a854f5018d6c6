// NVIDIA's plugin library, with no plugins in it.
extern "C" __attribute__((visibility("default"))) bool initLibNvInferPlugins(void*, const char*) { return true; }
