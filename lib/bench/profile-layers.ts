/** Times of a model's layers: the public function. What it does is loaded when it is first called. */

import type { SessionOptions } from '../session/create-session.js';
import type { BenchOptions } from './bench-session.js';

/** Options of {@link profileLayers}. */
export interface ProfileOptions extends Pick<BenchOptions, 'shapes' | 'feeds' | 'seed' | 'signal'> {
  /** How the model is opened. */
  readonly session?: Omit<SessionOptions, 'signal'> | undefined;
  /** Runs to measure. Default 20. */
  readonly runs?: number | undefined;
  /** Runs before them that are not counted. Default 3. */
  readonly warmUpRuns?: number | undefined;
}

/** What one layer took, without what it runs inside (the body of a loop has layers of its own). Times are in milliseconds. */
export interface LayerTime {
  /** Of the runtime's: it fuses and renames the model's nodes. */
  readonly name: string;
  /** Empty for an engine: its layers are told by name alone. */
  readonly operator: string;
  /** In all runs. */
  readonly timeMs: number;
  readonly averageMs: number;
  readonly medianMs: number;
  /** Of the time of all layers, 0 to 100. */
  readonly percentage: number;
}

/** What {@link profileLayers} gives. */
export interface LayerProfile {
  /** Runs measured: fewer than asked for where the runtime's profiler was full. */
  readonly runs: number;
  /** In the order in which they end. */
  readonly layers: readonly LayerTime[];
}

/**
 * Measures the layers of a model with the profiler of what executes it, ONNX Runtime or TensorRT, in a session of its own: one
 * run after the other. Profiling takes time itself, and ONNX Runtime's counts whole microseconds: these times are for comparing
 * layers; {@link benchSession} says how fast the model is.
 *
 * @param model - As `createSession` takes it.
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_INVALID_ARGUMENT`; `ENGINERY_OPTION_UNSUPPORTED` where
 * `onnxruntime-node` executes; `ENGINERY_OUTPUT_UNWRITABLE` and `ENGINERY_DISK_FULL` about the folder for temporary files; what
 * loading the model and running it throw. Rejects with the signal's reason when aborted.
 * @example
 * ```ts
 * const { layers } = await profileLayers('digits.onnx', { shapes: { image: [8, 1, 28, 28] } });
 * const costliest = layers.toSorted((a, b) => b.timeMs - a.timeMs)[0];
 * console.log(costliest.name, costliest.averageMs, costliest.percentage);
 * ```
 */
export async function profileLayers(model: string | Uint8Array, options: ProfileOptions = {}): Promise<LayerProfile> {
  const { profile } = await import('./profile.js');
  return profile(model, options);
}
