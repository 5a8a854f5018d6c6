/** What the values of weights tell: which are stored twice, and which have the zeros that sparse tensor cores skip. */

import { createHash } from 'node:crypto';
import type { Initializer, ValuePlace } from '../onnx/graph.js';
import type { WeightFiles } from '../onnx/weight-files.js';
import { ELEMENT_TYPES } from '../tensor/element-type.js';
import { dequantizedValues } from './dequantized.js';
import type { InferredNode } from './infer-shapes.js';

/** Weights with the same type, shape and values. */
export interface DuplicateWeights {
  readonly names: readonly string[];
  /** Of one of them. */
  readonly bytes: number;
}

/** Bytes read, hashed or looked at in one piece: under a millisecond. */
const PIECE = 256 * 1024;
/** Smaller ones are not worth a line. */
const SMALLEST_DUPLICATE = 1024;
/** What differs usually does so soon. */
const BEGINNING = 4096;

/** A weight whose values can be read. */
type Stored = Initializer & { readonly place: ValuePlace };

function isStored(weight: Initializer): weight is Stored {
  return weight.place !== null && weight.bytes > 0;
}

/** Finds weights of the same type, shape and values that are stored more than once. */
export async function findDuplicates(weights: readonly Initializer[], files: WeightFiles): Promise<DuplicateWeights[]> {
  const candidates = weights.filter(isStored).filter(({ bytes }) => bytes >= SMALLEST_DUPLICATE);
  let groups: Stored[][] = [candidates];
  const split = [
    async ({ type, dims }: Stored): Promise<string> => `${type} ${dims.join('x')}`,
    (weight: Stored): Promise<string> => digest(weight, Math.min(weight.bytes, BEGINNING), files),
    (weight: Stored): Promise<string> => digest(weight, weight.bytes, files),
  ];
  for (const keyOf of split) groups = await regroup(groups, keyOf);
  return groups.map((group) => ({ names: group.map(({ name }) => name), bytes: group[0]?.bytes ?? 0 }));
}

/** Splits groups by a key; what is left alone can be no duplicate. */
async function regroup(groups: readonly Stored[][], keyOf: (weight: Stored) => Promise<string>): Promise<Stored[][]> {
  const smaller: Stored[][] = [];
  for (const group of groups) {
    const byKey = new Map<string, Stored[]>();
    for (const weight of group) {
      const key = await keyOf(weight);
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [weight]);
      else same.push(weight);
    }
    smaller.push(...[...byKey.values()].filter(({ length }) => length > 1));
  }
  return smaller;
}

async function digest({ place }: Stored, bytes: number, files: WeightFiles): Promise<string> {
  const hash = createHash('sha256');
  await eachPiece(place, bytes, files, (piece) => {
    hash.update(piece);
    return true;
  });
  return hash.digest('hex');
}

/** Reads the first `bytes` of a weight, piece by piece, for as long as `take` wants more. */
async function eachPiece(
  place: ValuePlace,
  bytes: number,
  files: WeightFiles,
  take: (piece: Uint8Array) => boolean,
): Promise<void> {
  const buffer = new Uint8Array(Math.min(PIECE, bytes));
  let length = Math.min(BEGINNING, bytes);
  for (let at = 0; at < bytes; at += length, length = Math.min(PIECE, bytes - at)) {
    const piece = buffer.subarray(0, length);
    await files.read(place, at, piece);
    if (!take(piece)) return;
  }
}

/** The axis of a node's second input, its weight, along which products are summed up: there the zeros must be. */
function summedAxis({ node, facts }: InferredNode): number | null {
  if (node.operator === 'Conv') return 1;
  if (node.operator === 'Gemm') return facts.int('transB', 0) === 0 ? 0 : 1;
  const rank = facts.input(1).dims?.length ?? 0;
  return node.operator === 'MatMul' && rank > 1 ? rank - 2 : null;
}

/** A row of a weight that is longer is no weight of a layer; its zeros are not counted. */
const LONGEST_ROW = 1024 * 1024;

/** The weights of products whose zeros sparse tensor cores can use. */
export interface SparseWeights {
  /** Names of weights in the 2:4 pattern: of four values in a row along the summed axis, two at least are zero. */
  readonly structured: readonly string[];
  /** Weights looked at. */
  readonly of: number;
}

/**
 * Finds the weights of Conv, Gemm and MatMul in the 2:4 pattern, which TensorRT's `sparseWeights` makes use of: at least two
 * zeros among every four input channels, for each output channel and each place in the kernel.
 */
export async function findSparseWeights(
  weights: ReadonlyMap<string, Initializer>,
  nodes: readonly InferredNode[],
  files: WeightFiles,
): Promise<SparseWeights> {
  const axes = new Map<string, number>();
  const dequantized = dequantizedValues(nodes);
  for (const it of nodes) {
    const [, weight = ''] = it.node.inputs;
    const axis = summedAxis(it);
    if (axis !== null) axes.set(dequantized.get(weight)?.node.inputs[0] ?? weight, axis);
  }
  const structured: string[] = [];
  let of = 0;
  for (const [name, axis] of axes) {
    const weight = weights.get(name);
    const counter = weight === undefined ? null : new PatternCounter(weight, axis);
    if (weight === undefined || !isStored(weight) || !counter?.applies) continue;
    of += 1;
    await eachPiece(weight.place, weight.bytes, files, (piece) => counter.take(piece));
    if (counter.holds) structured.push(name);
  }
  return { structured, of };
}

/** Follows the values of a weight in row-major order, and counts zeros along an axis, four at a time. */
class PatternCounter {
  holds = true;
  readonly applies: boolean;
  readonly #width: number;
  /** A negative zero is a zero. */
  readonly #ignoredBits: number;
  readonly #zeros: Uint8Array;
  #column = 0;
  #line = 0;

  constructor({ type, dims }: Initializer, axis: number) {
    const bits = type === null ? null : ELEMENT_TYPES[type].bits;
    const row = dims.slice(axis + 1).reduce((all, dim) => all * dim, 1);
    const length = dims[axis] ?? 0;
    this.#width = (bits ?? 0) / 8;
    this.#ignoredBits = type?.includes('float') ? 0x80 : 0;
    this.applies = [1, 2, 4].includes(this.#width) && length > 0 && length % 4 === 0 && row > 0 && row <= LONGEST_ROW;
    this.#zeros = new Uint8Array(this.applies ? row : 0);
  }

  /** Pieces begin and end between values. False as soon as the pattern is broken. */
  take(piece: Uint8Array): boolean {
    const width = this.#width;
    const zeros = this.#zeros;
    for (let at = 0; at < piece.length; at += width) {
      // Little-endian: the sign is in the last byte.
      let bits = (piece[at + width - 1] as number) & ~this.#ignoredBits;
      for (let i = 0; i < width - 1; i++) bits |= piece[at + i] as number;
      if (bits === 0) (zeros[this.#column] as number)++;
      if (this.#line === 3 && (zeros[this.#column] as number) < 2) {
        this.holds = false;
        return false;
      }
      this.#advance();
    }
    return true;
  }

  #advance(): void {
    this.#column += 1;
    if (this.#column < this.#zeros.length) return;
    this.#column = 0;
    this.#line = (this.#line + 1) % 4;
    if (this.#line === 0) this.#zeros.fill(0);
  }
}
