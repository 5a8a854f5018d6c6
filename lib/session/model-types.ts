/** What a model takes and gives, for the compiler: `enginery types` writes these for a model. Nothing of it exists at run time. */

import type { ElementType } from '../tensor/element-type.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Feeds } from './feeds.js';

/**
 * The types of any model, which those of one model narrow.
 *
 * @example
 * ```ts
 * interface Digits extends ModelTypes {
 *   inputs: { image: TensorOf<'float32', 4> };
 *   outputs: { logits: TensorOf<'float32', 2> };
 * }
 * const session = await createSession<Digits>('digits.onnx');
 * ```
 */
export interface ModelTypes {
  /** A tensor for every input, by name. */
  inputs: Feeds;
  /** Every output, by name. */
  outputs: Record<string, Tensor>;
}

/**
 * A tensor whose element type and rank are known: its `dims` are a tuple, its `data` is the array that fits. Without `Rank`,
 * of any rank; without both, any tensor.
 *
 * @example
 * ```ts
 * const image: TensorOf<'float32', 4> = new Tensor('float32', pixels, [1, 1, 28, 28]);
 * ```
 */
export type TensorOf<Type extends ElementType = ElementType, Rank extends number = number> = Tensor<Type, Dims<Rank>>;

/** Adds dimensions until there are `Rank` of them. */
type Dims<Rank extends number, Sofar extends readonly number[] = readonly []> = number extends Rank
  ? readonly number[]
  : Sofar['length'] extends Rank
    ? Sofar
    : Dims<Rank, readonly [...Sofar, number]>;
