/** Broken files, made from good ones: the same in every run. */

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Mutation = (bytes: Buffer, random: () => number, other: Buffer) => Buffer;

const at = (bytes: Buffer, random: () => number): number => Math.floor(random() * bytes.length);

/** Positions near the ends, where the structure of an ONNX file is, rather than its weights. */
const nearStructure = (bytes: Buffer, random: () => number): number => {
  const reach = Math.min(bytes.length, 2048);
  const position = Math.floor(random() * reach);
  return random() < 0.5 ? position : bytes.length - 1 - position;
};

const insert = (bytes: Buffer, position: number, piece: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, position), piece, bytes.subarray(position)]);

const overwrite = (bytes: Buffer, position: number, piece: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  piece.copy(copy, position);
  return copy;
};

/** Varints that lie: 2^64 − 1, more than ten bytes, 2^31, 2^60, a negative int32. */
const VARINTS = [
  'ffffffffffffffffff01',
  'ffffffffffffffffffffffff01',
  '8080808008',
  '808080808080808010',
  'ffffffff0f',
  '80',
].map((hex) => Buffer.from(hex, 'hex'));

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T;

const MUTATIONS: readonly Mutation[] = [
  // Bits and bytes.
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let i = 0; i <= random() * 8; i++) {
      const position = nearStructure(bytes, random);
      copy[position] = (copy[position] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
    return copy;
  },
  (bytes, random) => overwrite(bytes, at(bytes, random), Buffer.from([Math.floor(random() * 256)])),
  (bytes, random) => overwrite(bytes, nearStructure(bytes, random), Buffer.alloc(16, Math.floor(random() * 256))),
  // Missing and repeated pieces.
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => bytes.subarray(at(bytes, random)),
  (bytes, random) => {
    const position = nearStructure(bytes, random);
    return Buffer.concat([bytes.subarray(0, position), bytes.subarray(position + 1 + Math.floor(random() * 64))]);
  },
  (bytes, random) => {
    const position = nearStructure(bytes, random);
    return insert(bytes, position, bytes.subarray(position, position + 1 + Math.floor(random() * 256)));
  },
  // Pieces of another model.
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))]),
  (bytes, random, other) => {
    const from = at(other, random);
    return insert(bytes, nearStructure(bytes, random), other.subarray(from, from + Math.floor(random() * 512)));
  },
  // Lengths, counts and numbers of fields that lie.
  (bytes, random) => overwrite(bytes, nearStructure(bytes, random), pick(VARINTS, random)),
  (bytes, random) => insert(bytes, nearStructure(bytes, random), pick(VARINTS, random)),
  // Fields of other wire types: groups, fixed64, fixed32, unknown numbers.
  (bytes, random) => insert(bytes, nearStructure(bytes, random), Buffer.from([(1 << 3) | Math.floor(random() * 8)])),
  (bytes, random) => insert(bytes, nearStructure(bytes, random), Buffer.from([0x7b, 0x0b, 0x13, 0x1b])),
  // Text that is none.
  (bytes, random) => overwrite(bytes, nearStructure(bytes, random), Buffer.from([0xc3, 0x28, 0xff, 0x00])),
];

/** One broken file. `seed` decides everything. */
export function mutate(models: readonly Buffer[], seed: number): Buffer {
  const random = randomNumbers(seed);
  const bytes = pick(models, random);
  const other = pick(models, random);
  const mutated = pick(MUTATIONS, random)(bytes, random, other);
  // Some damage comes in pairs.
  return random() < 0.2 && mutated.length > 0 ? pick(MUTATIONS, random)(mutated, random, other) : mutated;
}

const varint = (value: number): Buffer => {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  return Buffer.from([...out, rest]);
};

/** A graph in an attribute of a node in a graph …, `depth` times. */
export function depthBomb(depth: number): Buffer {
  const field = (number: number, content: Buffer): Buffer =>
    Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
  let graph: Buffer = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) graph = field(1, field(5, field(6, graph)));
  return Buffer.concat([Buffer.from([0x08, 0x08]), field(7, graph), field(8, Buffer.from([0x10, 0x11]))]);
}
