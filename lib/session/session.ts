/** A loaded model that can run. */

import type { BackendSession } from '../backends/backend-session.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ChosenBackend } from './choose.js';
import { checkFeeds, type Feeds } from './feeds.js';

/** Options of one run. */
export interface RunOptions {
  /** Stops the run at the next operator; `run` then rejects with the signal's reason, by default an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A model that is loaded and ready to run, made by {@link createSession}. Runs do not block the event loop; several may be
 * under way at once.
 *
 * @example
 * ```ts
 * const session = await createSession('digits.onnx');
 * try {
 *   const { logits } = await session.run({ image: new Tensor('float32', pixels, [1, 1, 28, 28]) });
 * } finally {
 *   await session.dispose();
 * }
 * ```
 */
export class Session {
  /** The model's inputs: name, type, dimensions. A string is a symbolic dimension. */
  readonly inputs: readonly ValueInfo[];
  /** The model's outputs. */
  readonly outputs: readonly ValueInfo[];
  /** What executes this session, and why each backend before it was passed over. */
  readonly backend: ChosenBackend;
  readonly #loaded: BackendSession;
  #closed: Promise<void> | undefined;

  /** @internal Use createSession. */
  constructor(
    loaded: BackendSession,
    backend: ChosenBackend,
    { inputs, outputs }: Pick<BackendSession, 'inputs' | 'outputs'>,
  ) {
    this.#loaded = loaded;
    this.inputs = inputs;
    this.outputs = outputs;
    this.backend = backend;
  }

  /**
   * Runs the model once.
   *
   * @param feeds - A tensor for every input, by name: a {@link Tensor}, one of onnxruntime-common's, or `{ type, dims, data }`.
   * Copied before this function returns, so buffers may be used again at once.
   * @returns Every output, by name.
   * @throws EngineryError `ENGINERY_INVALID_FEED`, `ENGINERY_RUN_FAILED`, `ENGINERY_DISPOSED`.
   */
  async run(feeds: Feeds, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    options.signal?.throwIfAborted();
    if (this.#closed !== undefined) throw new EngineryError('ENGINERY_DISPOSED', 'The session has been disposed of');
    checkFeeds(feeds, this.inputs);
    return this.#loaded.run(feeds, options.signal);
  }

  /** Lets the runs under way end, then frees the model. Again: gives the same promise. */
  dispose(): Promise<void> {
    this.#closed ??= this.#loaded.close();
    return this.#closed;
  }

  /** As {@link dispose}: `await using session = await createSession(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
