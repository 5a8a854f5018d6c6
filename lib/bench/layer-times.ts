/** What each layer took: from the events of a trace, or from an engine's own times. */

import { EngineryError } from '../errors.js';
import type { NativeLayerTimes } from '../native/binding.js';
import { summarize } from '../stats/summary.js';
import type { TraceEvent } from './onnxruntime-trace.js';
import type { LayerProfile, LayerTime } from './profile-layers.js';

/** ONNX Runtime's name for a whole run. */
const RUN = 'model_run';
/** What it calls the work of a node, after the node's name. */
const WORK = '_kernel_time';

interface Layer {
  readonly name: string;
  readonly operator: string;
  /** Microseconds by run; a run that does not come to the layer leaves a hole. */
  readonly times: number[];
}

/**
 * Sums events up, layer by layer.
 *
 * @param events - In the order in which they ended, of runs one after the other.
 * @param warmUpRuns - Runs at the beginning that do not count.
 * @throws EngineryError `ENGINERY_RUN_FAILED` where there is no other run.
 */
export async function layerTimes(
  events: AsyncIterable<TraceEvent> | Iterable<TraceEvent>,
  warmUpRuns: number,
): Promise<LayerProfile> {
  const layers = new Map<string, Layer>();
  const ownTime = ownTimes();
  let run = -warmUpRuns;
  for await (const event of events) {
    if (event.category === 'Session' && event.name === RUN) run += 1;
    if (event.category !== 'Node' || !event.name.endsWith(WORK)) continue;
    const time = ownTime(event);
    if (run < 0) continue;
    const key = `${event.index} ${event.name}`;
    const { times } = layers.get(key) ?? add(layers, key, event);
    times[run] = (times[run] ?? 0) + time;
  }
  if (run <= 0) throw new EngineryError('ENGINERY_RUN_FAILED', "ONNX Runtime's profile holds no complete run");
  return profileOf(
    [...layers.values()].map((layer) => ({ ...layer, times: perRun(layer.times, run) })),
    run,
  );
}

/** What the layers of an engine took. TensorRT's profiler does not say what they do. */
export function engineLayerTimes(layers: readonly NativeLayerTimes[], warmUpRuns: number): LayerProfile {
  const counted = layers.map(({ name, milliseconds }) => {
    return { name, operator: '', times: Array.from(milliseconds.subarray(warmUpRuns), (time) => time * 1000) };
  });
  return profileOf(counted, counted[0]?.times.length ?? 0);
}

function profileOf(layers: readonly Layer[], runs: number): LayerProfile {
  const total = layers.reduce((sum, { times }) => sum + sumOf(times), 0);
  return { runs, layers: layers.map((layer) => summaryOf(layer, total)) };
}

function add(layers: Map<string, Layer>, key: string, { name, operator = '' }: TraceEvent): Layer {
  const layer = { name: name.slice(0, -WORK.length), operator, times: [] };
  layers.set(key, layer);
  return layer;
}

/** What an event took without those inside it, which end before it does: the nodes in the body of a loop. */
function ownTimes(): (event: TraceEvent) => number {
  const byThread = new Map<string, TraceEvent[]>();
  return (event) => {
    const before = byThread.get(event.thread) ?? [];
    byThread.set(event.thread, before);
    let time = event.duration;
    for (let inner = before.at(-1); inner !== undefined && inner.start >= event.start; inner = before.at(-1)) {
      time -= inner.duration;
      before.pop();
    }
    before.push(event);
    return Math.max(time, 0);
  };
}

/** Without holes, and without a run that was cut off. */
function perRun(times: readonly number[], runs: number): number[] {
  return Array.from({ length: runs }, (_, run) => times[run] ?? 0);
}

function sumOf(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0);
}

function summaryOf({ name, operator, times }: Layer, total: number): LayerTime {
  const { mean, median } = summarize(times, []);
  const time = sumOf(times);
  return {
    name,
    operator,
    timeMs: time / 1000,
    averageMs: mean / 1000,
    medianMs: median / 1000,
    percentage: total === 0 ? 0 : (time / total) * 100,
  };
}
