/** How many runs are under way at a time where nothing is asked for. */

import { availableParallelism } from 'node:os';
import type { BackendName } from '../backends/backend-session.js';
import type { CheckedOptions } from './create-session.js';

/** On a GPU: while one run computes, the feeds of the next are copied. */
const ON_GPU = 2;

/** Runs under way at a time. */
export function concurrencyOf(options: CheckedOptions, backend: BackendName): number {
  const { maxConcurrent, runsOnGpu = ON_GPU, threads } = options;
  if (maxConcurrent !== undefined) return maxConcurrent;
  return backend === 'onnxruntime' ? Math.max(1, Math.floor(availableParallelism() / threads)) : runsOnGpu;
}
