/** What the addon takes and gives where engines are built. */

import type { NativeLogLine, NativeParserError } from './binding.js';

export interface NativeRange {
  readonly profile: number;
  readonly input: string;
  /** True: bounds of a shape tensor's contents. False: bounds of the input's dimensions. */
  readonly values: boolean;
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

export interface NativeSetting {
  readonly name: string;
  readonly value: string | number | boolean;
}

export interface NativeBuildRequest {
  readonly library: string;
  readonly parser: string;
  /** A path, or bytes that are copied before the call returns. */
  readonly model: string | Uint8Array;
  /** A file that must not exist yet: created and written; removed again when the build fails. */
  readonly output: string;
  /** Path of TensorRT's timing cache, to start from and to add to. */
  readonly timingCache?: string | undefined;
  readonly profiles: number;
  readonly ranges: readonly NativeRange[];
  readonly settings: readonly NativeSetting[];
  /** Pass on info and verbose lines as well as warnings and errors. */
  readonly verbose: boolean;
  /** Report progress: events by the hundred, not worth their cost where nobody listens. */
  readonly progress: boolean;
}

export interface NativeBuildResult {
  readonly bytes: number;
  /** Of the builder alone, parsing included. */
  readonly seconds: number;
  readonly log: readonly NativeLogLine[];
  readonly tensors: readonly NativeTensorInfo[];
}

/** A network input or output as TensorRT sees it. */
export interface NativeTensorInfo {
  readonly name: string;
  readonly type: string;
  readonly output: boolean;
  readonly shapeTensor: boolean;
  /** -1 where dynamic. */
  readonly dims: readonly number[];
}

export interface NativeSupportRequest {
  readonly library: string;
  readonly parser: string;
  readonly model: string | Uint8Array;
}

/** What TensorRT's parser says of a model. */
export interface NativeSupport {
  readonly supported: boolean;
  /**
   * Runs of nodes without one that is refused, by place in the graph's list of nodes; `supported` only where the whole model
   * is.
   */
  readonly subgraphs: readonly { readonly supported: boolean; readonly nodes: readonly number[] }[];
  readonly errors: readonly NativeParserError[];
  readonly log: readonly NativeLogLine[];
}
