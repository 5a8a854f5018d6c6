/** Operators that give a tensor another shape, or put tensors together. */

import type { Dim } from '../../onnx/model-info.js';
import { axesOf, axisOf, type Known, known, MAX_RANK, product, size } from '../known.js';
import type { NodeFacts, Rules } from '../node-facts.js';

function reshape(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  const shape = node.numbers('shape', 1);
  if (shape === null) {
    const rank = node.input(1).dims?.[0];
    return [known(type, typeof rank === 'number' && rank <= MAX_RANK ? Array<Dim>(rank).fill(null) : null)];
  }
  const copies = node.int('allowzero', 0) === 0;
  const target = shape.map((dim, i) => (dim === 0 && copies ? (dims?.[i] ?? null) : dim));
  return [known(type, fillRest(dims, target), numbers)];
}

/** Gives the one dim of -1 what is left over. */
function fillRest(dims: readonly Dim[] | null, target: readonly Dim[]): Dim[] {
  const at = target.indexOf(-1);
  if (at < 0) return target.map((dim) => (typeof dim === 'number' ? size(dim) : dim));
  // A name that stands on both sides needs no number.
  const others = target.filter((_, i) => i !== at);
  const from = [...(dims ?? [null])];
  const left = others.filter((dim) => {
    const same = typeof dim === 'string' ? from.indexOf(dim) : -1;
    if (same >= 0) from.splice(same, 1);
    return same < 0;
  });
  const whole = product(from);
  const part = product(left);
  const [name] = from.filter((dim) => dim !== 1);
  const onlyName = typeof name === 'string' && part === 1 && from.filter((dim) => dim !== 1).length === 1;
  const rest = whole !== null && part !== null && part > 0 ? size(whole / part) : onlyName ? name : null;
  return target.map((dim, i) => (i === at ? rest : dim));
}

function flatten(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const axis = node.int('axis', 1);
  if (dims === null || axis > dims.length || axis < -dims.length) return [known(type, [null, null])];
  const at = axis < 0 ? axis + dims.length : axis;
  const side = (part: readonly Dim[]): Dim => (part.length === 1 ? (part[0] as Dim) : product(part));
  return [known(type, [side(dims.slice(0, at)), side(dims.slice(at))])];
}

function transpose(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const order = node.ints('perm') ?? dims?.map((_, i) => dims.length - 1 - i);
  if (dims === null || order?.length !== dims.length) return [known(type, null)];
  return [
    known(
      type,
      order.map((axis) => dims[axis] ?? null),
    ),
  ];
}

function squeeze(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  if (dims === null) return [known(type, null)];
  const axes = node.gives('axes', 1) ? axesOf(node.numbers('axes', 1) ?? [null], dims.length) : onesOf(dims);
  return [known(type, axes === null ? null : dims.filter((_, i) => !axes.includes(i)), numbers)];
}

/** Where no axes are given, all of size 1 go: which those are must be known. */
function onesOf(dims: readonly Dim[]): number[] | null {
  return dims.every((dim) => typeof dim === 'number') ? dims.flatMap((dim, i) => (dim === 1 ? [i] : [])) : null;
}

function unsqueeze(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  const given = node.numbers('axes', 1);
  if (dims === null || given === null) return [known(type, null)];
  const axes = axesOf(given, dims.length + given.length);
  if (axes === null) return [known(type, null)];
  const rest = [...dims];
  const shape = Array.from({ length: dims.length + given.length }, (_, i) =>
    axes.includes(i) ? 1 : (rest.shift() ?? null),
  );
  return [known(type, shape, numbers)];
}

function concat(node: NodeFacts): Known[] {
  const parts = Array.from({ length: node.inputCount }, (_, i) => node.input(i));
  const shaped = parts.find(({ dims }) => dims !== null)?.dims ?? null;
  const axis = shaped === null ? null : axisOf(node.int('axis', 1), shaped.length);
  if (shaped === null || axis === null) return [known(node.type(0), null)];
  const dims = shaped.map((dim, i) => {
    const all = parts.map((part) => part.dims?.[i] ?? null);
    if (i === axis)
      return all.reduce<Dim>((sum, it) => (typeof sum === 'number' && typeof it === 'number' ? sum + it : null), 0);
    return all.find((it) => typeof it === 'number') ?? dim;
  });
  const numbers = parts.every((part) => part.numbers !== null) ? parts.flatMap((part) => part.numbers ?? []) : null;
  return [known(node.type(0), dims, shaped.length === 1 ? numbers : null)];
}

function split(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  const axis = dims === null ? null : axisOf(node.int('axis', 0), dims.length);
  const count = node.outputCount;
  const total = axis === null ? null : (dims?.[axis] ?? null);
  const given = node.gives('split', 1) ? node.numbers('split', 1) : null;
  const part = typeof total === 'number' ? Math.ceil(total / count) : null;
  let start = 0;
  return Array.from({ length: count }, (_, i) => {
    if (dims === null || axis === null) return known(type, null);
    const even = part === null || typeof total !== 'number' ? null : Math.max(0, Math.min(part, total - part * i));
    const length = node.gives('split', 1) ? (given?.[i] ?? null) : even;
    const piece = typeof length === 'number' && dims.length === 1 ? numbers?.slice(start, start + length) : null;
    start += typeof length === 'number' ? length : 0;
    return known(
      type,
      dims.map((dim, j) => (j === axis ? length : dim)),
      piece ?? null,
    );
  });
}

function slice(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  const starts = node.numbers('starts', 1);
  const ends = node.numbers('ends', 2);
  const steps = node.has(4) ? node.input(4).numbers : null;
  const given = node.gives('axes', 3) ? node.numbers('axes', 3) : (starts ?? ends)?.map((_, i) => i);
  if (dims === null) return [known(type, null)];
  const axes = given ? axesOf(given, dims.length) : null;
  // Which axes are cut is not known: the rank is all that is left.
  if (axes === null)
    return [
      known(
        type,
        dims.map(() => null),
      ),
    ];
  const shape = [...dims];
  let cut: Dim[] | null = numbers === null ? null : [...numbers];
  axes.forEach((axis, i) => {
    const step = node.has(4) ? (steps?.[i] ?? null) : 1;
    const picked = pick(dims[axis] as Dim, starts?.[i] ?? null, ends?.[i] ?? null, step);
    shape[axis] = picked === null ? null : picked.length;
    // From the beginning to the end: everything.
    if (picked === null && starts?.[i] === 0 && step === 1 && isEnd(ends?.[i])) shape[axis] = dims[axis] as Dim;
    if (cut !== null && picked !== null && picked.length <= cut.length) {
      const from = cut;
      cut = Array.from({ length: picked.length }, (_, j) => from[picked.first + j * picked.step] ?? null);
    } else cut = null;
  });
  return [known(type, shape, dims.length === 1 ? cut : null)];
}

function isEnd(end: Dim | undefined): boolean {
  return typeof end === 'number' && end >= 2 ** 31 - 1;
}

/** What a slice takes of one axis (https://onnx.ai/onnx/operators/onnx__Slice.html). */
function pick(dim: Dim, start: Dim, end: Dim, step: Dim): { first: number; step: number; length: number } | null {
  if (typeof dim !== 'number' || typeof start !== 'number' || typeof end !== 'number') return null;
  if (typeof step !== 'number' || step === 0) return null;
  const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1];
  const clamp = (at: number, least: number): number => Math.min(Math.max(at < 0 ? at + dim : at, least), high);
  const first = clamp(start, Math.max(low, 0));
  const last = clamp(end, low);
  return { first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
}

function gather(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  const indices = node.input(1);
  const axis = dims === null ? null : axisOf(node.int('axis', 0), dims.length);
  if (dims === null || axis === null || indices.dims === null) return [known(type, null)];
  const shape = [...dims.slice(0, axis), ...indices.dims, ...dims.slice(axis + 1)];
  const picked = dims.length === 1 && numbers !== null ? indices.numbers : null;
  const at = (index: Dim): Dim => (typeof index === 'number' ? (numbers?.at(index) ?? null) : null);
  return [known(type, shape, picked?.map(at) ?? null)];
}

function gatherNd(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const indices = node.input(1).dims;
  const batch = node.int('batch_dims', 0);
  const depth = indices?.at(-1);
  if (dims === null || !indices || typeof depth !== 'number' || batch < 0) return [known(type, null)];
  return [known(type, [...indices.slice(0, -1), ...dims.slice(batch + depth)])];
}

function expand(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const target = node.input(1).numbers;
  if (dims === null || target === null) return [known(type, null)];
  const rank = Math.max(dims.length, target.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const own = i < rank - dims.length ? 1 : (dims[i - rank + dims.length] as Dim);
    const wanted = i < rank - target.length ? 1 : (target[i - rank + target.length] as Dim);
    return wanted === 1 ? own : own === 1 ? wanted : typeof own === 'number' ? own : wanted;
  });
  return [known(type, shape)];
}

function tile(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const repeats = node.input(1).numbers;
  const times = (dim: Dim, by: Dim): Dim =>
    by === 1 ? dim : typeof dim === 'number' && typeof by === 'number' ? size(dim * by) : dim === 1 ? by : null;
  return [known(type, dims?.map((dim, i) => times(dim, repeats?.[i] ?? null)) ?? null)];
}

function pad(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const pads = node.ints('paddings') ?? node.numbers('pads', 1);
  if (dims === null) return [known(type, null)];
  const axes = node.has(3) ? axesOf(node.input(3).numbers ?? [null], dims.length) : dims.map((_, i) => i);
  const shape = dims.map((dim, axis) => {
    const at = axes?.indexOf(axis) ?? -1;
    if (axes !== null && at < 0) return dim;
    const [before, after] = [pads?.[at] ?? null, pads?.[at + (axes?.length ?? 0)] ?? null];
    if (before === 0 && after === 0) return dim;
    if (typeof dim !== 'number' || typeof before !== 'number' || typeof after !== 'number') return null;
    return size(dim + before + after);
  });
  return [known(type, shape)];
}

/** Resize has `sizes` and `scales` among its inputs since version 11; before, and as Upsample, `scales` alone. */
function resize(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const old = node.operator === 'Upsample' || node.opset < 11;
  const scales = node.floats('scales') ?? node.input(old ? 1 : 2).numbers;
  const sizes = old ? null : node.input(3).numbers;
  if (dims === null) return [known(type, null)];
  const given = sizes !== null && sizes.length > 0 ? sizes : scales;
  const axes = node.ints('axes') === null ? dims.map((_, i) => i) : axesOf(node.ints('axes') ?? [], dims.length);
  // What else there is keeps the aspect ratio, and is rare.
  const plain = axes !== null && node.text('keep_aspect_ratio_policy', 'stretch') === 'stretch';
  const shape = dims.map((dim, axis) => {
    const at = axes?.indexOf(axis) ?? -1;
    if (!plain) return null;
    if (at < 0) return dim;
    const value = given?.[at] ?? null;
    if (given === sizes) return value;
    if (value === 1) return dim;
    return typeof dim === 'number' && typeof value === 'number' ? size(Math.floor(dim * value)) : null;
  });
  return [known(type, shape)];
}

/** Takes values of an image where a grid, `[batch, …, coordinates]`, says. */
function gridSample(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const grid = node.input(1).dims;
  if (!dims || !grid) return [known(type, null)];
  return [known(type, [dims[0] ?? null, dims[1] ?? null, ...grid.slice(1, -1)])];
}

function roiAlign(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const regions = node.input(1).dims?.[0] ?? null;
  return [known(type, [regions, dims?.[1] ?? null, node.int('output_height', 1), node.int('output_width', 1)])];
}

function depthToSpace(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const block = node.int('blocksize', 1);
  if (dims?.length !== 4) return [known(type, null)];
  const grow = (dim: Dim, by: number): Dim => (typeof dim === 'number' ? size(dim * by) : null);
  const [n, c, h, w] = dims as [Dim, Dim, Dim, Dim];
  const by = node.operator === 'DepthToSpace' ? block : 1 / block;
  return [known(type, [n, grow(c, 1 / (by * by)), grow(h, by), grow(w, by)])];
}

export const LAYOUT: Rules = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherElements: (node) => [known(node.type(0), node.input(1).dims)],
  GatherND: gatherNd,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  GridSample: gridSample,
  RoiAlign: roiAlign,
  DepthToSpace: depthToSpace,
  SpaceToDepth: depthToSpace,
};
