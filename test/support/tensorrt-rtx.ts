/** The real TensorRT-RTX library, for tests that build with it. */
import type { TestContext } from 'vitest';
import { type ResolvedTensorRT, resolveTensorRT } from '../../dist/libraries/resolve.js';

let resolved: Promise<ResolvedTensorRT | Error> | undefined;

/**
 * What `enginery setup tensorrt-rtx` obtained, or ENGINERY_TENSORRT_RTX_LIBRARY. Where there is none the test is skipped,
 * and in CI the run fails for it.
 */
export async function tensorrtRtx(context: TestContext): Promise<ResolvedTensorRT> {
  resolved ??= resolveTensorRT().catch((error: Error) => error);
  const library = await resolved;
  if (library instanceof Error) return context.skip(`TensorRT-RTX: ${library.message}`);
  if (library.product !== 'tensorrt-rtx') return context.skip('TensorRT-RTX: only Enterprise TensorRT was found');
  return library;
}
