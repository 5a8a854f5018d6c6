/**
 * Resident memory of this process, in bytes, once the garbage is gone. It is the one figure that contains everything: V8's heap,
 * what native code allocated, and ONNX Runtime's. Finalizers of native memory run in later turns of the event loop, so it
 * takes a few rounds.
 */
export async function residentMemory() {
  await collectGarbage();
  return process.memoryUsage.rss();
}

/** What {@link residentMemory} does first; in a worker, the part that only its thread can do. */
export async function collectGarbage() {
  for (let round = 0; round < 5; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
