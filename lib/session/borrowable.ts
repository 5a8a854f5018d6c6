/** Memory that a run may use where it is. */

import { EngineryError } from '../errors.js';
import { DeviceTensor } from '../native/device-tensor.js';
import type { DeviceFeeds } from './feeds.js';

/** What backends allocated: JavaScript can neither resize it nor, while a run holds it, free it. */
const allocated = new WeakSet<ArrayBufferLike>();

/** Remembers memory that a backend allocated. */
export function markBorrowable(buffer: ArrayBufferLike): void {
  allocated.add(buffer);
}

/** Whether a run may use a tensor's data where it is. */
export function isBorrowable(data: unknown): boolean {
  if (!ArrayBuffer.isView(data)) return false;
  const { buffer } = data;
  if (allocated.has(buffer)) return buffer.byteLength > 0 || data.byteLength === 0; // a transfer takes it away
  return buffer instanceof SharedArrayBuffer;
}

/** @throws EngineryError `ENGINERY_NOT_BORROWABLE` */
export function requireBorrowable(what: string, tensor: DeviceFeeds[string]): void {
  if (tensor instanceof DeviceTensor || isBorrowable(tensor.data)) return;
  throw new EngineryError(
    'ENGINERY_NOT_BORROWABLE',
    `${what} lies in memory that JavaScript may move or free during a run`,
  );
}
