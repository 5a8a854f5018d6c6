/** Matrix products. */

import type { Dim } from '../../onnx/model-info.js';
import type { ElementType } from '../../tensor/element-type.js';
import { broadcast, type Known, known } from '../known.js';
import type { NodeFacts, Rules } from '../node-facts.js';

/** The shape of `a @ b` as numpy's matmul has it. */
export function matmulDims(a: readonly Dim[] | null, b: readonly Dim[] | null): Dim[] | null {
  if (a === null || b === null || a.length === 0 || b.length === 0) return null;
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2)) ?? [];
  const rows = a.length > 1 ? [a[a.length - 2] as Dim] : [];
  const columns = b.length > 1 ? [b[b.length - 1] as Dim] : [];
  return [...batch, ...rows, ...columns];
}

function matmul(node: NodeFacts, right: number, type: ElementType | null): Known[] {
  return [known(type, matmulDims(node.input(0).dims, node.input(right).dims))];
}

function gemm(node: NodeFacts): Known[] {
  const { type, dims: a } = node.input(0);
  const { dims: b } = node.input(1);
  const rows = a?.[node.int('transA', 0) === 0 ? 0 : 1] ?? null;
  const columns = b?.[node.int('transB', 0) === 0 ? 1 : 0] ?? null;
  return [known(type, [rows, columns])];
}

/** The parts of an Einsum's equation: a term of letters for each input, and one for the output. */
export function einsumTerms(node: NodeFacts): { inputs: string[]; output: string } | null {
  const equation = node.text('equation', '').replaceAll(' ', '');
  if (!/^[A-Za-z,]+(->[A-Za-z]*)?$/.test(equation)) return null;
  const [left = '', right] = equation.split('->');
  const inputs = left.split(',');
  if (inputs.length !== node.inputCount) return null;
  const once = [...new Set(left.replaceAll(',', ''))].filter((letter) => left.split(letter).length === 2);
  return { inputs, output: right ?? once.sort().join('') };
}

/** The size of each letter of an Einsum's equation. */
export function einsumSizes(node: NodeFacts, inputs: readonly string[]): Map<string, Dim> {
  const sizes = new Map<string, Dim>();
  inputs.forEach((term, i) => {
    [...term].forEach((letter, axis) => {
      const dim = node.input(i).dims?.[axis] ?? null;
      if (typeof sizes.get(letter) !== 'number') sizes.set(letter, dim ?? sizes.get(letter) ?? null);
    });
  });
  return sizes;
}

function einsum(node: NodeFacts): Known[] {
  const terms = einsumTerms(node);
  if (terms === null) return [known(node.type(0), null)];
  const sizes = einsumSizes(node, terms.inputs);
  return [
    known(
      node.type(0),
      [...terms.output].map((letter) => sizes.get(letter) ?? null),
    ),
  ];
}

export const MATRIX: Rules = {
  MatMul: (node) => matmul(node, 1, node.type(0)),
  MatMulInteger: (node) => matmul(node, 1, 'int32'),
  QLinearMatMul: (node) => matmul(node, 3, node.type(7)),
  Gemm: gemm,
  Einsum: einsum,
};
