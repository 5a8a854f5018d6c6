/** Times, layers and outputs as trtexec writes them, for scripts that read its files. */

import { decodeElements } from '../tensor/elements.js';
import type { Tensor } from '../tensor/tensor.js';
import type { RunTimes } from './bench-session.js';
import type { LayerProfile } from './profile-layers.js';
import { latencyOf } from './result.js';

/**
 * What trtexec writes with `--exportTimes`: an array of runs, without those of the warm-up. On the CPU, the transfers take
 * no time: each is a moment, before and after the computing. On a GPU they are left out: nobody has timed them.
 */
export function exportedTimes(times: readonly RunTimes[], onGpu: boolean): Record<string, number>[] {
  return times.map((run) => ({
    startEnqMs: run.start,
    endEnqMs: run.enqueued,
    ...(onGpu ? {} : { startH2dMs: run.enqueued, endH2dMs: run.enqueued }),
    startComputeMs: run.enqueued,
    endComputeMs: run.end,
    ...(onGpu ? {} : { startD2hMs: run.end, endD2hMs: run.end, h2dMs: 0 }),
    computeMs: run.end - run.enqueued,
    ...(onGpu ? {} : { d2hMs: 0 }),
    latencyMs: latencyOf(run),
  }));
}

/** What trtexec writes with `--exportProfile`: an array of the number of runs, and the layers. */
export function exportedProfile({ runs, layers }: LayerProfile): Record<string, string | number>[] {
  return [{ count: runs }, ...layers.map(({ operator: _, ...layer }) => layer)];
}

/**
 * What trtexec writes with `--exportOutput`: an array of `{ name, dimensions: '1x10', values }`, as JSON.
 *
 * Whole numbers are written in full; what is no number (NaN, infinities) as null; types narrower than 16 bits as stored.
 */
export function exportedOutputs(outputs: Readonly<Record<string, Tensor>>): string {
  const entries = Object.entries(outputs).map(([name, tensor]) => {
    const values = valuesOf(tensor).map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value)));
    const [nameText, dimensions] = [name, tensor.dims.join('x')].map((text) => JSON.stringify(text));
    return `  { "name": ${nameText}, "dimensions": ${dimensions}, "values": [${values.join(', ')}] }`;
  });
  return `[\n${entries.join(',\n')}\n]\n`;
}

function valuesOf({ type, data }: Tensor): (number | bigint | string)[] {
  if (type === 'float16' || type === 'bfloat16') return Array.from(decodeElements(type, data));
  return Array.from(data as ArrayLike<number | bigint | string>);
}
