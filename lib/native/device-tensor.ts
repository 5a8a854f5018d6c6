/** Tensors that have stayed in a GPU's memory. */

import { EngineryError } from '../errors.js';
import type { ElementType } from '../tensor/element-type.js';
import { elementsOf } from '../tensor/storage.js';
import { showDims, type Tensor, type TensorLike, tensorOf } from '../tensor/tensor.js';
import { call, connect } from './calls.js';

/** How many device tensors there are, and the bytes of their elements. */
export interface DeviceTensorCount {
  readonly count: number;
  readonly bytes: number;
}

/** A {@link DeviceTensorCount} that is kept. */
export interface DeviceTensorTally {
  count: number;
  bytes: number;
}

/** What native code says of a tensor that has stayed on a GPU. */
export interface NativeDeviceTensor {
  /** What this environment knows it by. */
  readonly number: number;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly bytes: number;
  readonly device: number;
}

/**
 * A tensor in a GPU's memory: an output that a run was asked to leave there, `outputs: { features: 'cuda' }`. Any session of this
 * thread on the same GPU takes it as a feed, as often as is wanted and in several runs at once, without a copy. It outlives its
 * session, and keeps its memory until {@link dispose}.
 *
 * @typeParam Of - The tensor that a download gives.
 * @example
 * ```ts
 * const { features } = await encoder.run({ image }, { outputs: { features: 'cuda' } });
 * try {
 *   const { boxes } = await detector.run({ features });
 * } finally {
 *   features.dispose();
 * }
 * ```
 */
export class DeviceTensor<Of extends TensorLike = Tensor> {
  readonly type: Of['type'];
  readonly dims: Of['dims'];
  /** Where it lies. A {@link Tensor} has no location. */
  readonly location = 'cuda';
  /** The GPU that it lies on, as CUDA counts them, from 0. */
  readonly device: number;
  /** Bytes of its elements. */
  readonly bytes: number;
  readonly #number: number;
  readonly #tally: DeviceTensorTally;
  #disposed = false;

  /** @internal Runs make them. */
  constructor({ number, type, dims, bytes, device }: NativeDeviceTensor, tally: DeviceTensorTally) {
    this.type = type;
    this.dims = Object.freeze(dims);
    this.device = device;
    this.bytes = bytes;
    this.#number = number;
    this.#tally = tally;
    tally.count += 1;
    tally.bytes += bytes;
    forgotten.register(this, { number, bytes, tally }, this);
  }

  /** @internal What native code knows it by; undefined where it has been disposed of. */
  get number(): number | undefined {
    return this.#disposed ? undefined : this.#number;
  }

  /**
   * Copies it to the CPU's memory. It stays where it is.
   *
   * @throws EngineryError `ENGINERY_DISPOSED`, `ENGINERY_DEVICE_LOST`, `ENGINERY_DEVICE_MEMORY`, `ENGINERY_RUN_FAILED`
   */
  async download(): Promise<Of> {
    const { type, dims, number } = this;
    if (number === undefined) throw disposed(this);
    const bytes = await call<Uint8Array>((addon, id) => addon.downloadTensor(id, number));
    // Of a type with a fixed size: others are not computed on a GPU.
    const numeric = type as Exclude<ElementType, 'string'>;
    return tensorOf(numeric, elementsOf(numeric, bytes), dims) as TensorLike as Of;
  }

  /** Gives its memory back, once the runs and downloads that use it have ended. Twice is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    release({ number: this.#number, bytes: this.bytes, tally: this.#tally });
  }

  /** As {@link dispose}: `using features = …`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Whether a value is a tensor on a GPU, or what is left of one that was copied or posted to another thread. */
export function isOnGpu(value: unknown): boolean {
  return (value as Partial<DeviceTensor> | null | undefined)?.location === 'cuda';
}

/** The error of whoever uses one that has been disposed of. */
export function disposed({ type, dims }: DeviceTensor<TensorLike>): EngineryError {
  return new EngineryError('ENGINERY_DISPOSED', `The device tensor of ${type} ${showDims(dims)} has been disposed of`);
}

interface Held {
  readonly number: number;
  readonly bytes: number;
  readonly tally: DeviceTensorTally;
}

function release({ number, bytes, tally }: Held): void {
  tally.count -= 1;
  tally.bytes -= bytes;
  connect().releaseTensor(number);
}

// For those that nobody disposed of: the GPU's memory is out of V8's sight, and may be full long before they are collected.
const forgotten = new FinalizationRegistry<Held>(release);
