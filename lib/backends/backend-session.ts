/** What every backend offers: the one interface below {@link Session}. */

import type { ValueInfo } from '../onnx/model-info.js';
import type { Tensor, TensorLike } from '../tensor/tensor.js';

/** A backend's name, as `createSession` takes it and `session.backend` gives it. */
export type BackendName = 'tensorrt' | 'tensorrt-rtx' | 'onnxruntime';

/** A model that a backend has loaded. */
export interface BackendSession {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Runs the model. The feeds have been checked against `inputs`, and are copied before this returns.
   *
   * @returns the outputs by name
   */
  run(feeds: Readonly<Record<string, TensorLike>>, signal: AbortSignal | undefined): Promise<Record<string, Tensor>>;
  /** Lets runs under way end, then frees the model. Called once. */
  close(): Promise<void>;
}
