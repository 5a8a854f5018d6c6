/** Comparing what two models give for the same inputs: the public function. What it does is loaded when it is first called. */

import type { ValueInfo } from '../onnx/model-info.js';
import type { AnyFeeds, Feeds } from '../session/feeds.js';
import type { RunOptions } from '../session/run-options.js';
import type { ElementType } from '../tensor/element-type.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ExactMetrics } from './exact-metrics.js';
import type { FloatMetrics } from './float-metrics.js';

/** What a comparison needs of a session: every {@link Session} has it. */
export interface ComparableSession {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  run(feeds: AnyFeeds, options?: RunOptions): Promise<Record<string, Tensor>>;
}

/**
 * Limits of a comparison. With any of them, these fail as well: an output that only one model has, or that cannot be
 * compared; an element that is NaN or infinite on one side alone; integers, booleans and strings that are not equal.
 */
export interface Thresholds {
  /** Most that {@link FloatMetrics.absolute}'s `max` may be; where given, integers may differ by as much. */
  readonly maxAbs?: number | undefined;
  /** Most that {@link FloatMetrics.relative}'s `max` may be. */
  readonly maxRel?: number | undefined;
  /** Least that {@link FloatMetrics.cosine} may be. */
  readonly minCosine?: number | undefined;
  /** Least that {@link FloatMetrics.psnr} may be, in dB. */
  readonly minPsnr?: number | undefined;
  /** Least that {@link FloatMetrics.top1} may be, from 0 to 1. Fails where no output has it. */
  readonly minTop1?: number | undefined;
}

/** Options of {@link compareSessions}. */
export interface CompareOptions {
  /** The inputs of each run, by A's names. Default: generated. */
  readonly feeds?: Iterable<Feeds> | AsyncIterable<Feeds> | undefined;
  /** Number of runs with generated inputs, each with others. Default 1. */
  readonly runs?: number | undefined;
  /** Where generated inputs start from: an integer; the same gives the same inputs. Default 1. */
  readonly seed?: number | undefined;
  /** Shapes of generated inputs, by name, where the model leaves dims open. An open first dim is 1 unless told. */
  readonly shapes?: Readonly<Record<string, readonly number[]>> | undefined;
  /** What to judge the outcome by. */
  readonly thresholds?: Thresholds | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** Outputs that did not fit each other. */
export interface ComparisonFinding {
  readonly output: string;
  /** Only one model has it; its element types differ; its dims differ. */
  readonly kind: 'missing' | 'type' | 'dims';
  readonly message: string;
  /** True where the elements were compared all the same: float32 with float16, say. */
  readonly compared: boolean;
}

/** One output of both models. */
export interface OutputComparison {
  /** Its name in A. */
  readonly name: string;
  readonly nameInB: string;
  readonly types: { readonly a: ElementType; readonly b: ElementType };
  /** Dims in the first run. */
  readonly dims: { readonly a: readonly number[]; readonly b: readonly number[] };
  /** Null where it could not be compared in any run: a finding says why. */
  readonly metrics: FloatMetrics | ExactMetrics | null;
}

/** What is beyond its limit. */
export interface ThresholdFailure {
  /** Null where it is about the outputs as a whole. */
  readonly output: string | null;
  /** Null for what fails with any limit. */
  readonly threshold: keyof Thresholds | null;
  readonly message: string;
}

/** What {@link compareSessions} gives. Plain data. */
export interface Comparison {
  readonly runs: number;
  /** Outputs that both models have, in A's order. */
  readonly outputs: readonly OutputComparison[];
  readonly findings: readonly ComparisonFinding[];
  /** Inputs and outputs that were taken for each other in spite of their names, and inputs that were converted. */
  readonly notes: readonly string[];
  /** Empty where no thresholds were given. */
  readonly failures: readonly ThresholdFailure[];
  /** True where nothing failed. */
  readonly passed: boolean;
}

/**
 * Runs two models on the same inputs and measures how far their outputs lie apart. A is the reference.
 *
 * Inputs and outputs are matched by name; where names differ, in order, with a note. An input that is float32 in A and float16
 * in B, say, is converted, with a note. Floating-point outputs are compared as
 * {@link FloatMetrics} says, whatever their widths; everything else exactly. Large outputs do not block the event loop.
 *
 * Generated inputs are uniform in [-1, 1] for floating-point types, over the whole range for 8-bit integers, and 0 or 1 for
 * other integers and booleans, so that they are good as indices and masks.
 *
 * @param a - The reference.
 * @param b - What is measured. May be the same session.
 * @throws EngineryError `ENGINERY_INVALID_OPTION`; `ENGINERY_INVALID_ARGUMENT` where B has inputs that A has not, a shape does
 * not fit, or dims are left open that nothing says the size of; what {@link Session.run} throws. Rejects with the signal's reason
 * when aborted.
 * @example
 * ```ts
 * const { outputs, passed } = await compareSessions(original, quantized, { runs: 20, thresholds: { minCosine: 0.99 } });
 * outputs[0].metrics; // { kind: 'float', absolute: { max: 0.11, mean: 0.02, … }, cosine: 0.9997, top1: 1, … }
 * ```
 */
export async function compareSessions(
  a: ComparableSession,
  b: ComparableSession,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { compare } = await import('./compare.js');
  return compare(a, b, options);
}
