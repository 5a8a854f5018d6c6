// A library of plugins that has none.
extern "C" __attribute__((visibility("default"))) void* getCreators(int* count) {
  *count = 0;
  return nullptr;
}
