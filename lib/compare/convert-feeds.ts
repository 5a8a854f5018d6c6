/** What model B is fed: A's inputs under B's names, floating-point numbers in the width that B takes. */

import type { ValueInfo } from '../onnx/model-info.js';
import type { Feeds } from '../session/feeds.js';
import { inChunks } from '../tensor/chunks.js';
import { type ElementType, elementBytes } from '../tensor/element-type.js';
import { encodeElements, isConvertible } from '../tensor/elements.js';
import { isFloat, readFloats } from '../tensor/read-floats.js';
import { elementsOf } from '../tensor/storage.js';
import { elementCount, type TensorData, type TensorLike } from '../tensor/tensor.js';
import type { NamePair } from './pair-names.js';

/** Renames and converts. What has no conversion stays as it is: B's session says what is wrong with it. */
export async function convertFeeds(
  feeds: Feeds,
  pairs: readonly NamePair[],
  inputsOfB: readonly ValueInfo[],
): Promise<Feeds> {
  const converted: [string, TensorLike][] = [];
  for (const { a, b } of pairs) {
    const tensor = feeds[a] as TensorLike;
    const wanted = inputsOfB.find(({ name }) => name === b)?.type ?? null;
    converted.push([b, isConverted(tensor.type, wanted) ? await convert(tensor, wanted) : tensor]);
  }
  return Object.fromEntries(converted);
}

/** True where both are real floating-point types, and not the same. */
export function isConverted(type: string | null, wanted: ElementType | null): wanted is Exclude<ElementType, 'string'> {
  return (
    type !== wanted && [type, wanted].every((each) => isFloat(each as ElementType) && !each?.startsWith('complex'))
  );
}

async function convert({ type, dims, data }: TensorLike, wanted: Exclude<ElementType, 'string'>): Promise<TensorLike> {
  const count = elementCount(dims) as number;
  const elements = elementsOf(wanted, new Uint8Array(elementBytes(wanted, count) as number));
  await inChunks(count, (start, end) => {
    const numbers = new Float64Array(end - start);
    readFloats(type as ElementType, data as TensorData, start, numbers);
    (elements as Float64Array).set(isConvertible(wanted) ? encodeElements(wanted, numbers) : numbers, start);
  });
  return { type: wanted, dims, data: elements };
}
