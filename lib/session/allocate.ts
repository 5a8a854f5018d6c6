/** Tensors over memory that a backend allocates. */

import { EngineryError } from '../errors.js';
import { type ElementType, elementBytes, isElementType } from '../tensor/element-type.js';
import { elementsOf } from '../tensor/storage.js';
import { elementCount, showDims, Tensor } from '../tensor/tensor.js';
import { markBorrowable } from './borrowable.js';

/** @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where no tensor can be of that */
export function bytesOfTensor(type: ElementType, dims: readonly number[]): number {
  const elements = isElementType(type) ? elementCount(dims) : undefined;
  const bytes = elements === undefined ? null : elementBytes(type, elements);
  if (bytes === null || type === 'string') {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `No tensor can be allocated of ${type} ${showDims(dims)}`);
  }
  return bytes;
}

/**
 * A tensor over memory that runs may use where it is.
 *
 * @throws EngineryError `ENGINERY_RUN_FAILED` where there is no memory
 */
export function tensorOver<Type extends ElementType, Dims extends readonly number[] | []>(
  buffer: ArrayBufferLike | null,
  type: Type,
  dims: Dims,
): Tensor<Type, Dims> {
  if (buffer === null) {
    throw new EngineryError('ENGINERY_RUN_FAILED', `There is no memory for a tensor of ${type} ${showDims(dims)}`);
  }
  markBorrowable(buffer);
  return new Tensor(type, elementsOf(type as Exclude<ElementType, 'string'>, new Uint8Array(buffer)), dims);
}
