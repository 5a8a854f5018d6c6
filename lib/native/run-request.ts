/** What a run is asked to do, written as numbers where native code reads them; native/addon/run_request.h has their meaning. */

import { ELEMENT_TYPES, type ElementType } from '../tensor/element-type.js';
import { arrayNameOf, bytesOf, type Elements, viewsOver } from '../tensor/storage.js';
import type { TensorLike } from '../tensor/tensor.js';
import { DeviceTensor } from './device-tensor.js';
import type { RunPage } from './run-page.js';

/** What to run. */
export interface RunRequest {
  /** Feeds in the order of the session's inputs; more than one are put together along the first axis. */
  readonly parts: readonly (readonly (TensorLike | DeviceTensor<TensorLike>)[])[];
  /** Feeds are used where they are: until the run is over nobody may write to them. */
  readonly borrow: boolean;
  /** The outputs asked for, as places in the session's list. */
  readonly outputs: readonly number[];
  /** Which of them stay on the GPU, in their order; none where undefined. */
  readonly stay: readonly boolean[] | undefined;
  /** Memory for outputs, in their order. */
  readonly targets: readonly (TensorLike | undefined)[] | undefined;
}

/** What there is of a request besides the page. */
export interface WrittenRequest {
  /** How many numbers were written to the page. */
  readonly count: number;
  /** What native code copies or borrows itself. */
  readonly things: readonly (Uint8Array | readonly string[])[] | undefined;
  /** All numbers, where the page has no room for them. */
  readonly numbers: Float64Array | undefined;
}

/** Bytes up to which a tensor is copied here: more are copied faster by native code. */
const SMALL = 4096;
/** Where tensors begin: at a cache line. */
const ALIGNMENT = 64;
const MEMORY = { borrowed: -1, shared: -2, copied: -3, device: -4 };

/** Writes requests to the page, one at a time. */
export class RequestWriter {
  readonly #page: Float64Array;
  /** Of the same bytes, by the name of the array: what it sets is copied bit by bit. */
  readonly #views: Readonly<Record<string, Elements>>;
  readonly #bytes: number;
  #numbers: Float64Array;
  #at = 0;
  #used = 0;
  #things: (Uint8Array | readonly string[])[] | undefined;

  constructor({ buffer, requestNumbers, requestBytes: { start, length } }: RunPage) {
    this.#page = requestNumbers;
    this.#numbers = requestNumbers;
    this.#bytes = length;
    this.#views = viewsOver(buffer, start, length);
  }

  write({ parts, borrow, outputs, stay, targets }: RunRequest): WrittenRequest {
    const first = parts[0] as RunRequest['parts'][number];
    let most = 2 + outputs.length;
    for (const { dims } of first) most += 4 + dims.length;
    for (const target of targets ?? []) most += 3 + (target?.dims.length ?? 0);
    const numbers = most > this.#page.length ? new Float64Array(most) : undefined;
    this.#numbers = numbers ?? this.#page;
    this.#at = 0;
    this.#used = 0;
    this.#things = undefined;

    this.#put(outputs.length);
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs[i] as number;
      this.#put(stay?.[i] ? -1 - output : output);
    }
    this.#put(targets === undefined ? 0 : 1);
    for (const target of targets ?? []) {
      if (target === undefined) this.#put(0);
      else this.#borrowed(target);
    }
    for (const [i, tensor] of first.entries()) {
      if (tensor instanceof DeviceTensor) this.#onDevice(tensor);
      else if (borrow) this.#borrowed(tensor);
      else this.#feed(parts as readonly (readonly TensorLike[])[], i);
    }
    const things = this.#things;
    this.#things = undefined; // they are the caller's again when the run is over, and may be large
    return { count: this.#at, things, numbers };
  }

  #put(number: number): void {
    this.#numbers[this.#at++] = number;
  }

  #head({ type, dims }: Pick<TensorLike, 'type' | 'dims'>, rows: number | undefined): void {
    this.#put(ELEMENT_TYPES[type as ElementType].onnx);
    this.#put(dims.length);
    for (let axis = 0; axis < dims.length; axis++) this.#put(dims[axis] as number);
    if (rows !== undefined) this.#numbers[this.#at - dims.length] = rows;
  }

  #onDevice(tensor: DeviceTensor<TensorLike>): void {
    this.#head(tensor, undefined);
    this.#put(MEMORY.device);
    this.#put(tensor.number as number);
  }

  #feed(parts: readonly (readonly TensorLike[])[], input: number): void {
    const first = parts[0]?.[input] as TensorLike;
    let rows: number | undefined;
    if (parts.length > 1) {
      rows = 0;
      for (const part of parts) rows += (part[input] as TensorLike).dims[0] as number;
    }
    this.#head(first, rows);
    const start = this.#used;
    for (const part of parts) {
      if (this.#copy((part[input] as TensorLike).data)) continue;
      this.#used = start;
      this.#put(MEMORY.copied);
      this.#put(parts.length);
      for (const each of parts) this.#add((each[input] as TensorLike).data);
      return;
    }
    this.#put(start);
    this.#used = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
  }

  /** False where the data is too large, or of a kind whose elements are not copied bit by bit. */
  #copy(data: unknown): boolean {
    const view = this.#views[arrayNameOf(data) ?? ''];
    if (view === undefined) return false;
    const { byteLength } = data as Elements;
    if (byteLength > SMALL || this.#used + byteLength > this.#bytes) return false;
    view.set(data as Elements, this.#used / view.BYTES_PER_ELEMENT);
    this.#used += byteLength;
    return true;
  }

  #borrowed(tensor: TensorLike): void {
    const { data } = tensor;
    this.#head(tensor, undefined);
    if (!ArrayBuffer.isView(data)) {
      this.#put(MEMORY.copied); // strings
      this.#put(1);
    } else {
      this.#put(data.buffer instanceof SharedArrayBuffer ? MEMORY.shared : MEMORY.borrowed);
    }
    this.#add(data);
  }

  #add(data: unknown): void {
    this.#things ??= [];
    this.#things.push(ArrayBuffer.isView(data) ? bytesOf(data) : (data as readonly string[]));
  }
}
