/** Random inputs that a model can work with. */

import { EngineryError } from '../errors.js';
import type { Random } from '../stats/random.js';
import { inChunks } from '../tensor/chunks.js';
import { type ElementType, elementBytes } from '../tensor/element-type.js';
import { encodeFloat } from '../tensor/float-formats.js';
import { elementsOf } from '../tensor/storage.js';
import { elementCount, showDims, Tensor } from '../tensor/tensor.js';

/**
 * A tensor of random values: floats from -1 to 1, 8-bit integers over their range, wider ones 0 or 1, strings empty.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where there is no memory for it.
 */
export async function randomTensor(type: ElementType, dims: readonly number[], random: Random): Promise<Tensor> {
  const count = elementCount(dims) ?? Number.POSITIVE_INFINITY;
  if (type === 'string') return new Tensor(type, new Array<string>(count).fill(''), dims);
  const data = elementsOf(type, allocate(elementBytes(type, count) ?? 0, dims)) as unknown as (number | bigint)[];
  const next = valuesOf(type, random);
  await inChunks(data.length, (start, end) => {
    for (let i = start; i < end; i++) data[i] = next();
  });
  return new Tensor(type, data as unknown as Tensor['data'], dims);
}

function allocate(bytes: number, dims: readonly number[]): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const message = `There is no memory for an input of shape ${showDims(dims)}`;
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { cause });
  }
}

/** What goes into one slot of the type's array. */
function valuesOf(type: ElementType, random: Random): () => number | bigint {
  const below = (count: number): number => Math.floor(random() * count);
  switch (type) {
    case 'float32':
    case 'float64':
    case 'complex64':
    case 'complex128':
      return () => 2 * random() - 1;
    case 'float16':
    case 'bfloat16':
      return () => encodeFloat(type, 2 * random() - 1, true);
    // Below 0x38 every 8-bit float is a number from 0 to 1.
    case 'float8e4m3fn':
    case 'float8e4m3fnuz':
    case 'float8e5m2':
    case 'float8e5m2fnuz':
    case 'float8e8m0':
      return () => below(0x38);
    // Often indexes: those that every table has.
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'bool':
      return () => below(2);
    case 'int64':
    case 'uint64':
      return () => BigInt(below(2));
    default:
      return () => below(256);
  }
}
