import { describe, expect, it } from 'vitest';
import { EngineryError } from '../../../dist/errors.js';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';
import { checkFeeds } from '../../../dist/session/feeds.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

const IMAGE: ValueInfo = { name: 'image', kind: 'tensor', type: 'float32', dims: ['batch', 3, null] };
const MASK: ValueInfo = { name: 'mask', kind: 'tensor', type: 'bool', dims: ['batch', 'n', 'n'] };
const ANY: ValueInfo = { name: 'any', kind: 'tensor', type: 'int64', dims: null };

const image = (...dims: number[]): Tensor => {
  return new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
};
const mask = (...dims: number[]): Tensor => new Tensor('bool', new Uint8Array(dims.reduce((a, b) => a * b, 1)), dims);

function failure(feeds: unknown, inputs: readonly ValueInfo[]): EngineryError {
  try {
    checkFeeds(feeds as never, inputs);
  } catch (error) {
    if (error instanceof EngineryError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('checkFeeds', () => {
  it('accepts what fits', () => {
    checkFeeds({ image: image(2, 3, 9), mask: mask(2, 5, 5) }, [IMAGE, MASK]);
    checkFeeds({ any: { type: 'int64', dims: [], data: new BigInt64Array(1) } }, [ANY]);
    checkFeeds({}, []);
  });

  it.each<[string, unknown, string]>([
    ['no feeds', undefined, 'Feeds are an object of tensors by input name'],
    ['a missing input', {}, 'Input "image": expected float32 [batch, 3, ?], got nothing'],
    [
      'an unknown name',
      { image: image(1, 3, 1), img: image(1) },
      'The model has no input "img"; its inputs are "image"',
    ],
    ['no tensor', { image: new Float32Array(3) }, 'Input "image": expected { type, dims, data }, got Float32Array'],
    ['another type', { image: mask(1, 3, 1) }, 'Input "image": expected type float32, got bool'],
    ['another rank', { image: image(3, 1) }, 'Input "image": expected dims [batch, 3, ?], got [3, 1]'],
    ['another fixed dimension', { image: image(1, 4, 1) }, 'Input "image": expected dims [batch, 3, ?], got [1, 4, 1]'],
    [
      'short data',
      { image: { ...image(1, 3, 2), data: new Float32Array(5) } },
      'Input "image": data has length 5, and dims [1, 3, 2] need 6',
    ],
  ])('refuses %s', (_what, feeds, message) => {
    const error = failure(feeds, [IMAGE]);
    expect(error.code).toBe('ENGINERY_INVALID_FEED');
    expect(error.message).toContain(message);
  });

  it('refuses symbolic dimensions that disagree, between inputs and within one', () => {
    expect(failure({ image: image(2, 3, 1), mask: mask(4, 5, 5) }, [IMAGE, MASK]).message).toBe(
      'Input "mask": dimension 0 ("batch") is 4, but dimension 0 of input "image" has the same name and is 2',
    );
    expect(failure({ image: image(2, 3, 1), mask: mask(2, 5, 6) }, [IMAGE, MASK]).message).toContain('("n") is 6');
  });

  it('refuses a type that the backend does not know', () => {
    const inputs: ValueInfo[] = [{ name: 'odd', kind: 'tensor', type: null, dims: null }];
    const odd = new Tensor('uint2', new Uint8Array(1), [4]);
    expect(() => checkFeeds({ odd }, inputs)).toThrow(
      'Input "odd": has an element type that the backend cannot be fed',
    );
  });

  it('refuses inputs that are no tensors', () => {
    const inputs: ValueInfo[] = [{ name: 'list', kind: 'sequence', type: null, dims: null }];
    expect(failure({ list: image(1) }, inputs).message).toBe('Input "list" is a sequence: only tensors can be fed');
  });

  it('does not take inherited properties for feeds', () => {
    const inputs: ValueInfo[] = [{ ...IMAGE, name: 'toString' }];
    expect(failure({}, inputs).message).toContain('got nothing');
  });
});
