/** The models of stress-gpu.mjs: those of the soak that TensorRT takes, and their profiles. */
import { fileURLToPath } from 'node:url';
import { MODELS } from '../soak/soak-models.mjs';

const { floats, sums, found, digits } = MODELS;

/** An input of TensorRT is no output. */
const withoutInputs = ({ make, ...model }) => ({
  ...model,
  make(...args) {
    const { feeds, outputs } = make(...args);
    const own = Object.entries(outputs).filter(([name]) => !Object.hasOwn(feeds, name));
    return { feeds, outputs: Object.fromEntries(own) };
  },
});

/** See soak-models.mjs. */
export const GPU_MODELS = { floats: withoutInputs(floats), sums, found, digits };

/** Paths and bytes: Neg and Add(x, x), Add, NonZero. */
export const FILES = {
  floats: Buffer.from(
    'CAoSDWVuZ2luZXJ5LXRlc3Q6lAEKIAoBeBIIbmVnYXRpdmUaDE5lZ19uZWdhdGl2ZSIDTmVnCh8KAXgKAXgSBmRvdWJsZRoKQWRkX2RvdWJsZSIDQWRkEgFnWhQKAXgSDwoNCAESCQoDEgFuCgIIAmIbCghuZWdhdGl2ZRIPCg0IARIJCgMSAW4KAggCYhkKBmRvdWJsZRIPCg0IARIJCgMSAW4KAggCQgQKABAR',
    'base64',
  ),
  sums: Buffer.from(
    'CAoSDWVuZ2luZXJ5LXRlc3Q6YgoZCgFhCgFiEgNzdW0aB0FkZF9zdW0iA0FkZBIBZ1oUCgFhEg8KDQgHEgkKAxIBbgoCCARaFAoBYhIPCg0IBxIJCgMSAW4KAggEYhYKA3N1bRIPCg0IBxIJCgMSAW4KAggEQgQKABAR',
    'base64',
  ),
  found: Buffer.from(
    'CAoSDWVuZ2luZXJ5LXRlc3Q6XgokCgF4EgZwbGFjZXMaDk5vblplcm9fcGxhY2VzIgdOb25aZXJvEgFnWhQKAXgSDwoNCAESCQoDEgFuCgIIAmIdCgZwbGFjZXMSEwoRCAcSDQoCCAIKBxIFY291bnRCBAoAEBE=',
    'base64',
  ),
  digits: fileURLToPath(new URL('../../examples/digits/digits.onnx', import.meta.url)),
};

/** Four callers of runRows, each with as many rows as there may be. */
const upTo = (rows, dims) => ({ min: [1, ...dims], opt: [4, ...dims], max: [4 * rows, ...dims] });

export const PROFILES = {
  floats: [{ x: upTo(floats.many, [2]) }],
  sums: [{ a: upTo(sums.many, [4]), b: upTo(sums.many, [4]) }],
  found: [{ x: upTo(found.many, [2]) }],
  digits: [{ image: upTo(digits.many, [1, 28, 28]) }],
};
