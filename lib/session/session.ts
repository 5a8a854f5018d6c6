/** A loaded model that can run. */

import type { BackendResult, BackendSession, EngineCalls } from '../backends/backend-session.js';
import { EngineryError } from '../errors.js';
import type { DeviceTensor } from '../native/device-tensor.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { ElementType } from '../tensor/element-type.js';
import type { Tensor, TensorLike } from '../tensor/tensor.js';
import { bytesOfTensor, tensorOver } from './allocate.js';
import type { SessionBackend } from './choose.js';
import { checkDeviceFeeds, type FedSession, fedSession } from './device-feeds.js';
import { isHeard, publish } from './diagnostics.js';
import { checkFeeds, type DeviceFeeds, feedsByName } from './feeds.js';
import type { ModelTypes } from './model-types.js';
import { withTargets } from './output-places.js';
import { checkLimits } from './profile-limits.js';
import { checkRefit, type RefitOptions, refitSignal } from './refit.js';
import { checkRows, splitOutputs } from './rows.js';
import {
  type CheckedRun,
  checkRowsRun,
  checkRun,
  type RowsOptions,
  type RunOptions,
  type SessionOutputs,
  sessionOutputs,
} from './run-options.js';
import type { AskedOutputs, KnownOutputs, RunOutputs } from './run-outputs.js';
import { RunTimes, type SessionStats } from './run-times.js';
import type { SessionHandle } from './session-handle.js';

/**
 * A model that is loaded and ready to run, made by {@link createSession}. Runs do not block the event loop; several may be
 * under way at once.
 *
 * @example
 * ```ts
 * await using session = await createSession('digits.onnx');
 * const { logits } = await session.run({ image: new Tensor('float32', pixels, [1, 1, 28, 28]) });
 * ```
 * @typeParam Model - What the model takes and gives, as `enginery types` writes it. Default: any tensors, by any names.
 */
export class Session<Model extends ModelTypes = ModelTypes> {
  /** The model's inputs: name, type, dimensions. A string is a symbolic dimension. */
  readonly inputs: readonly ValueInfo[];
  /** The model's outputs. */
  readonly outputs: readonly ValueInfo[];
  /** What executes this session, what to expect of it, and why each backend before it was passed over. */
  readonly backend: SessionBackend;
  readonly #loaded: BackendSession;
  readonly #about: Omit<SessionHandle, 'pid' | 'number'>;
  readonly #outputs: SessionOutputs;
  readonly #fed: FedSession;
  readonly #times = new RunTimes();
  #errors = 0;
  #inFlight = 0;
  #closed: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  /** @internal Use createSession. */
  constructor(loaded: BackendSession, about: Omit<SessionHandle, 'pid' | 'number'>) {
    this.#loaded = loaded;
    this.#about = about;
    this.inputs = about.inputs;
    this.outputs = about.outputs;
    this.backend = about.backend;
    this.#outputs = sessionOutputs(about.outputs, about.backend.device !== null);
    this.#fed = fedSession(about.backend, about.profiles);
  }

  /**
   * Runs the model once.
   *
   * @param feeds - A tensor for every input, by name: a {@link Tensor}, one of onnxruntime-common's, or `{ type, dims, data }`.
   * A model with one input takes the tensor itself. Copied before this function returns, unless `borrow` says otherwise. A
   * {@link DeviceTensor} on the session's GPU is used where it is.
   * @returns Every output, or those asked for, by name; its type has just these.
   * @throws EngineryError `ENGINERY_INVALID_FEED`, `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`,
   * `ENGINERY_OPTION_UNSUPPORTED`, `ENGINERY_NOT_BORROWABLE`, `ENGINERY_BUSY`, `ENGINERY_RUN_FAILED`, `ENGINERY_DEVICE_LOST`,
   * `ENGINERY_DEVICE_MEMORY`, `ENGINERY_DISPOSED`. Rejects with the signal's reason when aborted, and with a TimeoutError when its
   * time is over; the session can be used as before.
   * @example
   * ```ts
   * const { boxes } = await session.run({ image }, { outputs: ['boxes'] }); // and no scores
   * ```
   */
  async run<const Asked extends AskedOutputs | undefined = undefined>(
    feeds: DeviceFeeds<Model['inputs']> | TensorLike | DeviceTensor<TensorLike>,
    options: RunOptions<Asked> & KnownOutputs<Model['outputs'], Asked> = {},
  ): Promise<RunOutputs<Model['outputs'], NoInfer<Asked>>> {
    this.#requireOpen();
    const named = feedsByName(feeds, this.inputs);
    checkFeeds(named, this.inputs);
    checkDeviceFeeds(named, this.#fed);
    checkLimits([named], this.#about.profiles);
    const run = checkRun(options, this.#outputs, [named]);
    const { outputs } = await this.#execute([named], run, 1);
    return withTargets(outputs, run) as RunOutputs<Model['outputs'], Asked>;
  }

  /**
   * Runs the rows of several callers as one batch.
   *
   * @param parts - Feeds as {@link run} takes them, one for each caller. Inputs of a caller have the same first dimension: its
   * rows. All other dimensions are the same for all callers.
   * @returns For each caller its rows of every output, or of those asked for: views of one batch.
   * @throws EngineryError as {@link run}; `ENGINERY_RUN_FAILED` also where an output has another number of rows than was fed.
   * @example
   * ```ts
   * const [a, b] = await session.runRows([{ image: one }, { image: three }]);
   * a.logits.dims; // [1, 10]
   * b.logits.dims; // [3, 10]
   * ```
   */
  async runRows<const Asked extends readonly string[] | undefined = undefined>(
    parts: readonly Model['inputs'][],
    options: RowsOptions<Asked> & KnownOutputs<Model['outputs'], Asked> = {},
  ): Promise<RunOutputs<Model['outputs'], NoInfer<Asked>>[]> {
    this.#requireOpen();
    const rows = checkRows(parts, this.inputs);
    checkLimits(parts, this.#about.profiles);
    const { outputs } = await this.#execute(parts, checkRowsRun(options, this.#outputs, parts), parts.length);
    return splitOutputs(outputs, rows) as RunOutputs<Model['outputs'], Asked>[];
  }

  /**
   * Makes a tensor of zeros in memory that a run can take as it is (`borrow`), and write an output into (`outputs`), without a
   * copy.
   *
   * @param type - Any element type but string.
   * @param dims - Dimensions; their product is the number of elements.
   * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`; `ENGINERY_RUN_FAILED` where there is no memory to be had;
   * `ENGINERY_DISPOSED`.
   * @example
   * ```ts
   * const image = session.allocateTensor('float32', [1, 3, 640, 640]);
   * fill(image.data);
   * const { boxes } = await session.run({ image }, { borrow: true });
   * ```
   */
  allocateTensor<Type extends ElementType, Dims extends readonly number[] | []>(
    type: Type,
    dims: Dims,
  ): Tensor<Type, Dims> {
    this.#requireOpen();
    return tensorOver(this.#loaded.allocate(bytesOfTensor(type, dims)), type, dims);
  }

  /**
   * As {@link allocateTensor}, of memory that the session's GPU copies from and to by itself (pinned): feeds with `borrow`, and outputs
   * written into such tensors, are not copied on the CPU. Asking the driver for it takes a while: do it once, not for every run.
   * On the CPU it is what {@link allocateTensor} gives.
   *
   * @throws EngineryError as there; `ENGINERY_DEVICE_MEMORY`, `ENGINERY_DEVICE_LOST`
   * @example
   * ```ts
   * const boxes = await session.allocatePinnedTensor('float32', [8, 100, 4]);
   * await session.run({ image }, { outputs: { boxes } });
   * ```
   */
  async allocatePinnedTensor<Type extends ElementType, Dims extends readonly number[] | []>(
    type: Type,
    dims: Dims,
  ): Promise<Tensor<Type, Dims>> {
    this.#requireOpen();
    return tensorOver(await this.#loaded.allocatePinned(bytesOfTensor(type, dims)), type, dims);
  }

  /**
   * Gives the engine of this session the weights of another model, without a new build; on a GPU, where the engine was built
   * with `refit: true`. Runs under way end with the old weights before that; those that wait, or come meanwhile, have the new
   * ones. Only this session changes, in every thread that has it: the engine's file and the cache keep the old weights.
   *
   * @param model - Path of an ONNX file, or its bytes: the model that the engine was built of, with other values of its weights.
   * @throws EngineryError `ENGINERY_REFIT_FAILED` where the model does not fit (`details.weights` are those that it lacks): nothing
   * has changed then; or where TensorRT fails on the way: runs fail then until a refit succeeds. `ENGINERY_OPTION_UNSUPPORTED` on
   * the CPU, or for another engine; `ENGINERY_INVALID_ARGUMENT`; `ENGINERY_DISPOSED`; what reading a model throws. When aborted before it began, the reason.
   * @example
   * ```ts
   * await session.refit('digits-retrained.onnx');
   * ```
   */
  async refit(model: string | Uint8Array, options: RefitOptions = {}): Promise<void> {
    const engine = this.#engine('refit');
    const signal = refitSignal(options);
    await checkRefit(model, this);
    this.#requireOpen();
    await engine.refit(model, signal);
  }

  /**
   * What TensorRT says of the engine's layers, as JSON: trtexec's `--exportLayerInfo`. It differs by version, and has more than
   * names where the engine was built with `profilingVerbosity: 'detailed'`. Dimensions are those of the last run. Runs wait for it.
   *
   * @throws EngineryError `ENGINERY_OPTION_UNSUPPORTED` on the CPU, `ENGINERY_DISPOSED`
   * @example
   * ```ts
   * const { Layers } = JSON.parse(await session.layerInfo());
   * ```
   */
  async layerInfo(): Promise<string> {
    return this.#engine('layerInfo').layerInfo();
  }

  /** @internal What layers took in each run; null where they were not timed, or by ONNX Runtime. */
  layerTimes(): ReturnType<EngineCalls['layerTimes']> {
    return this.#loaded.engine?.layerTimes() ?? null;
  }

  /** Counts and times of this thread's runs, and what the session has waiting and uses. */
  stats(): SessionStats {
    return {
      runs: this.#times.runs,
      errors: this.#errors,
      inFlight: this.#inFlight,
      queued: this.#loaded.queue()?.waiting ?? 0,
      deviceTensors: { ...(this.#loaded.deviceTensors ?? { count: 0, bytes: 0 }) },
      queue: this.#times.queue,
      compute: this.#times.compute,
      memory: this.#loaded.memory?.() ?? null,
    };
  }

  /**
   * What `attachSession()` takes in another thread of this process, where the model then need not be loaded again:
   * `new Worker('./worker.js', { workerData: session.handle })`. The model is freed when all have disposed of it.
   *
   * @throws EngineryError `ENGINERY_OPTION_UNSUPPORTED` where the backend cannot be shared.
   */
  get handle(): SessionHandle {
    const { number } = this.#loaded;
    if (number === null) {
      throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', 'A session of this backend cannot be shared by threads');
    }
    return { ...this.#about, pid: process.pid, number };
  }

  /**
   * Frees the model once the runs under way have ended. On a GPU it also waits for aborted runs. Later calls return the same
   * promise.
   *
   * @param options - `cancel` stops the runs, also where an earlier call lets them end; they reject with an AbortError.
   * @example
   * ```ts
   * process.once('SIGTERM', () => session.dispose()); // what is under way is still answered
   * ```
   */
  dispose(options: { readonly cancel?: boolean | undefined } = {}): Promise<void> {
    // What is to close must close, whatever it is given.
    if (options?.cancel) this.#loaded.cancel();
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** As {@link dispose}: `await using session = await createSession(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #close(): Promise<void> {
    await this.#loaded.close();
    // Where another thread has the session too, the backend does not wait for our runs.
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    publish('dispose', { session: this });
  }

  #engine(what: string): EngineCalls {
    this.#requireOpen();
    const { engine } = this.#loaded;
    if (engine !== undefined) return engine;
    throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `${what}: ${this.backend.name} executes no engine`, {
      hint: "Open the session with backend: 'gpu'.",
    });
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) throw new EngineryError('ENGINERY_DISPOSED', 'The session has been disposed of');
  }

  async #execute(parts: readonly DeviceFeeds[], run: CheckedRun, rows: number): Promise<BackendResult> {
    if (isHeard('queue') && this.#loaded.queue()?.busy) publish('queue', { session: this, inFlight: this.#inFlight });
    this.#inFlight += 1;
    try {
      const result = await this.#loaded.run(parts, run);
      this.#times.record(result.queueMs, result.computeMs);
      publish('run', { session: this, rows, queueMs: result.queueMs, computeMs: result.computeMs });
      return result;
    } catch (error) {
      this.#errors += 1;
      publish('run', { session: this, rows, queueMs: 0, computeMs: 0, error });
      throw error;
    } finally {
      run.release();
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#drained?.();
    }
  }
}
