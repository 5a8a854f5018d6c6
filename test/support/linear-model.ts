/** One layer whose weights come from a number. */
import { floats, node } from './onnx-writer.js';
import { type Parts, small } from './small-models.js';

/** Columns of `x` and `y`. */
export const SIDE = 4;
export const INPUTS: NonNullable<Parts['inputs']> = { x: ['float32', ['n', SIDE]] };
export const OUTPUTS: NonNullable<Parts['outputs']> = { y: ['float32', ['n', SIDE]] };

/** y = x · w + b. The same numbers make the same weights; `weights` are their names. */
export function linear(seed: number, weights: readonly [string, string] = ['w', 'b']): Buffer {
  const values = (count: number): Buffer => floats(Array.from({ length: count }, (_, i) => Math.sin(seed * 10 + i)));
  const [w, b] = weights;
  const nodes = [
    node('MatMul', ['x', w], ['product'], {}, { name: 'multiply' }),
    node('Add', ['product', b], ['y'], {}, { name: 'add' }),
  ];
  const stored: NonNullable<Parts['weights']> = {
    [w]: ['float32', [SIDE, SIDE], values(SIDE * SIDE)],
    [b]: ['float32', [SIDE], values(SIDE)],
  };
  return small(nodes, { inputs: INPUTS, outputs: OUTPUTS, weights: stored });
}
