/** How long runs took: what `session.stats()` tells. */

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { SessionMemory } from '../backends/backend-session.js';
import type { DeviceTensorCount } from '../native/device-tensor.js';

/** Milliseconds. */
export interface Times {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What {@link Session.stats} gives: of this thread's runs since the session was made, where not said otherwise. */
export interface SessionStats {
  /** Runs that gave a result. */
  readonly runs: number;
  /** Runs that failed, those that were stopped included. */
  readonly errors: number;
  /** Runs whose promise is not settled, those that wait included. That of one that was aborted on a GPU may be, before its slot is free. */
  readonly inFlight: number;
  /** Runs that wait for a slot, of all threads that share the session. */
  readonly queued: number;
  /** Outputs that were asked to stay on the GPU and have not been disposed of. */
  readonly deviceTensors: DeviceTensorCount;
  /** From `run()` to the beginning of the run. Null before the first. */
  readonly queue: Times | null;
  /** From the beginning of the run to its end. Null before the first. */
  readonly compute: Times | null;
  /** Of a GPU. Null on the CPU, and once all threads that share the session have disposed of it. */
  readonly memory: SessionMemory | null;
}

/** Histograms count whole numbers: microseconds, up to an hour, to two digits. */
const UNITS_PER_MS = 1000;
const RANGE = { lowest: 1, highest: 3600 * 1000 * UNITS_PER_MS, figures: 2 };

/** Keeps times in little memory, whatever their number. */
export class RunTimes {
  readonly #queue = createHistogram(RANGE);
  readonly #compute = createHistogram(RANGE);

  record(queueMs: number, computeMs: number): void {
    this.#queue.record(unitsOf(queueMs));
    this.#compute.record(unitsOf(computeMs));
  }

  get runs(): number {
    return this.#compute.count;
  }

  get queue(): Times | null {
    return timesOf(this.#queue);
  }

  get compute(): Times | null {
    return timesOf(this.#compute);
  }
}

function unitsOf(milliseconds: number): number {
  return Math.min(RANGE.highest, Math.max(RANGE.lowest, Math.round(milliseconds * UNITS_PER_MS)));
}

function timesOf(histogram: RecordableHistogram): Times | null {
  if (histogram.count === 0) return null;
  const at = (percentile: number): number => histogram.percentile(percentile) / UNITS_PER_MS;
  return {
    mean: histogram.mean / UNITS_PER_MS,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    max: histogram.max / UNITS_PER_MS,
  };
}
