/**
 * What is fed to the models of the soak, and what they must give. `make(rows, random)` gives feeds, each `{ type, dims, data }`,
 * and the values of every output. `many` rows make outputs that are handed over without a copy, or runs that take a while. `ways`:
 * how it can be run, where that is not in all.
 */

/** Small enough that float32 holds the double of each exactly. */
const whole = (random) => Math.floor(random() * 1e6);
const numbers = (length, first) => Array.from({ length }, (_, i) => first + i);

export const MODELS = {
  /** `x` float32 [n, 2]; `negative`, `double`, and `x` itself. */
  floats: {
    many: 8192,
    make(rows, random) {
      const data = Float32Array.from(numbers(2 * rows, whole(random)));
      return {
        feeds: { x: { type: 'float32', dims: [rows, 2], data } },
        outputs: { negative: data.map((value) => -value), double: data.map((value) => 2 * value), x: data.slice() },
      };
    },
  },
  /** `a` and `b` int64 [n, 4]; `sum`. */
  sums: {
    many: 2048,
    make(rows, random) {
      const [a, b] = [whole(random), whole(random)].map((first) =>
        BigInt64Array.from(numbers(4 * rows, first), (value) => BigInt(value)),
      );
      return {
        feeds: { a: { type: 'int64', dims: [rows, 4], data: a }, b: { type: 'int64', dims: [rows, 4], data: b } },
        outputs: { sum: a.map((value, i) => value + b[i]) },
      };
    },
  },
  /** `x` strings [n]; `y`, the same. */
  texts: {
    many: 500,
    ways: ['run', 'runRows'],
    make(rows, random) {
      const data = numbers(rows, whole(random)).map((value) => `text ${value}`.repeat(1 + (value % 4)));
      return { feeds: { x: { type: 'string', dims: [rows], data } }, outputs: { y: [...data] } };
    },
  },
  /** `x` float32 [n, 2]; `places`, int64 [2, count], where it is not 0. How many these are, only the run tells. */
  found: {
    many: 8192,
    ways: ['run', 'borrow'],
    make(rows, random) {
      const data = Float32Array.from(numbers(2 * rows, whole(random)), (value) => value % 3);
      const places = [...data.keys()].filter((i) => data[i] !== 0);
      const both = [...places.map((i) => i >> 1), ...places.map((i) => i & 1)];
      return {
        feeds: { x: { type: 'float32', dims: [rows, 2], data } },
        outputs: { places: BigInt64Array.from(both, BigInt) },
      };
    },
  },
  /** `image` float32 [n, 1, 28, 28]; `logits` [n, 10]. `known` has images, and their logits of another implementation. */
  digits: {
    many: 32,
    make(rows, random, known) {
      const chosen = numbers(rows, whole(random)).map((value) => known[value % known.length]);
      return {
        feeds: { image: { type: 'float32', dims: [rows, 1, 28, 28], data: joined(chosen.map(({ image }) => image)) } },
        outputs: { logits: joined(chosen.map(({ logits }) => logits)) },
      };
    },
  },
};

function joined(parts) {
  return Float32Array.from({ length: parts.length * parts[0].length }, (_, i) => {
    const { length } = parts[0];
    return parts[Math.floor(i / length)][i % length];
  });
}

/** The last digits of float32 differ with the size of a batch. All else is exact. */
const TOLERANCE = 1e-4;
const isSame = (a, b) => a === b || (typeof a === 'number' && Math.abs(a - b) <= TOLERANCE);

/** @throws where `tensor` has not these values. */
export function checkValues(tensor, values, what) {
  const { data } = tensor;
  if (data.length !== values.length) throw new Error(`${what} has ${data.length} values, expected ${values.length}`);
  for (let i = 0; i < values.length; i++) {
    if (!isSame(data[i], values[i])) throw new Error(`${what} has ${data[i]} at ${i}, expected ${values[i]}`);
  }
}
