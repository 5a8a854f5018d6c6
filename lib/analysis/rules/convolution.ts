/** Convolutions and pools (https://onnx.ai/onnx/operators/onnx__Conv.html). */

import type { Dim } from '../../onnx/model-info.js';
import type { ElementType } from '../../tensor/element-type.js';
import { type Known, known, size } from '../known.js';
import type { NodeFacts, Rules } from '../node-facts.js';

/** Sizes of the window that moves over an input: of a convolution its weight, of a pool an attribute. */
interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All beginnings, then all ends. */
  readonly pads: readonly number[];
}

function windowOf(node: NodeFacts, weight: readonly Dim[] | null, spatial: number): Window | null {
  const kernel = node.ints('kernel_shape') ?? weight?.slice(2) ?? null;
  const ones = Array<number>(spatial).fill(1);
  const window = {
    kernel: kernel ?? [],
    strides: node.ints('strides') ?? ones,
    dilations: node.ints('dilations') ?? ones,
    pads: node.ints('pads') ?? Array<number>(2 * spatial).fill(0),
  };
  const { strides, dilations, pads } = window;
  const fits = [window.kernel, strides, dilations].every((it) => it.length === spatial) && pads.length === 2 * spatial;
  return fits && strides.every((stride) => stride > 0) ? window : null;
}

function slide(node: NodeFacts, dims: readonly Dim[], weight: readonly Dim[] | null): Dim[] | null {
  const spatial = dims.length - 2;
  const window = windowOf(node, weight, spatial);
  if (window === null) return null;
  const autoPad = node.text('auto_pad', 'NOTSET');
  const round = node.int('ceil_mode', 0) === 1 ? Math.ceil : Math.floor;
  return dims.slice(2).map((dim, i) => {
    const kernel = window.kernel[i];
    const stride = window.strides[i] as number;
    if (typeof dim !== 'number' || typeof kernel !== 'number') return null;
    if (autoPad.startsWith('SAME')) return size(Math.ceil(dim / stride));
    const pad = autoPad === 'VALID' ? 0 : (window.pads[i] as number) + (window.pads[spatial + i] as number);
    const room = dim + pad - ((kernel - 1) * (window.dilations[i] as number) + 1);
    const steps = round(room / stride) + 1;
    // A last window that would start in the padding behind the input is left out.
    const startsOutside = (steps - 1) * stride >= dim + (autoPad === 'VALID' ? 0 : (window.pads[i] as number));
    return size(round === Math.ceil && startsOutside ? steps - 1 : steps);
  });
}

function conv(node: NodeFacts, weightAt: number, type: ElementType | null): Known[] {
  const { dims } = node.input(0);
  const weight = node.input(weightAt).dims;
  if (dims === null || dims.length < 2) return [known(type, null)];
  const spatial = slide(node, dims, weight);
  const channels = weight?.[0] ?? null;
  return [known(type, [dims[0] ?? null, channels, ...(spatial ?? dims.slice(2).map(() => null))])];
}

function pool(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  if (dims === null || dims.length < 2) return [known(type, null)];
  const shape = [...dims.slice(0, 2), ...(slide(node, dims, null) ?? dims.slice(2).map(() => null))];
  return [known(type, shape), known('int64', shape)];
}

function globalPool(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  return [known(type, dims?.map((dim, i) => (i < 2 ? dim : 1)) ?? null)];
}

function convTranspose(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const weight = node.input(1).dims;
  if (dims === null || dims.length < 2) return [known(type, null)];
  const spatial = dims.length - 2;
  const perGroup = weight?.[1];
  const channels = typeof perGroup === 'number' ? size(perGroup * node.int('group', 1)) : null;
  const window = windowOf(node, weight, spatial);
  const given = node.ints('output_shape');
  const extra = node.ints('output_padding') ?? [];
  const autoPad = node.text('auto_pad', 'NOTSET');
  const shape = dims.slice(2).map((dim, i) => {
    const kernel = window?.kernel[i];
    if (given !== null) return size(given[given.length - spatial + i] ?? -1);
    if (window === null || typeof dim !== 'number' || typeof kernel !== 'number') return null;
    const stride = window.strides[i] as number;
    if (autoPad.startsWith('SAME')) return size(dim * stride);
    const pads = autoPad === 'VALID' ? 0 : (window.pads[i] as number) + (window.pads[spatial + i] as number);
    const reach = (kernel - 1) * (window.dilations[i] as number) + 1;
    return size(stride * (dim - 1) + (extra[i] ?? 0) + reach - pads);
  });
  return [known(type, [dims[0] ?? null, channels, ...shape])];
}

export const CONVOLUTION: Rules = {
  Conv: (node) => conv(node, 1, node.type(0)),
  ConvInteger: (node) => conv(node, 1, 'int32'),
  QLinearConv: (node) => conv(node, 3, node.type(7)),
  DeformConv: (node) => conv(node, 1, node.type(0)),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalMaxPool: globalPool,
  GlobalAveragePool: globalPool,
  GlobalLpPool: globalPool,
};
