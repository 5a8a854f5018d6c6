import { describe, expect, it } from 'vitest';
import { EngineryError } from '../../../dist/errors.js';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { elementsOf } from '../../../dist/tensor/storage.js';
import { elementCount, Tensor, tensorFault } from '../../../dist/tensor/tensor.js';

describe('Tensor', () => {
  it.each<[ElementType, unknown, number[]]>([
    ['float32', new Float32Array(6), [2, 3]],
    ['float64', new Float64Array(1), []],
    ['float16', new Uint16Array(4), [4]],
    ['bfloat16', new Uint16Array(4), [2, 2]],
    ['int64', new BigInt64Array(2), [2]],
    ['uint64', new BigUint64Array(2), [2]],
    ['uint8', Buffer.from('abc'), [3]],
    ['uint8', new Uint8ClampedArray(3), [3]],
    ['bool', new Uint8Array(2), [1, 2]],
    ['float8e4m3fn', new Uint8Array(5), [5]],
    ['float8e8m0', new Uint8Array(5), [5]],
    ['int4', new Uint8Array(2), [3]],
    ['float4e2m1', new Uint8Array(2), [4]],
    ['uint2', new Uint8Array(2), [5]],
    ['complex64', new Float32Array(4), [2]],
    ['string', ['a', 'b'], [2]],
    ['float32', new Float32Array(0), [0, 1000]],
  ])('takes %s in its array', (type, data, dims) => {
    const tensor = new Tensor(type, data as never, dims);
    expect(tensor.data).toBe(data);
    expect(tensor.dims).toEqual(dims);
  });

  it('keeps its dims when the array that was given changes', () => {
    const dims = [1, 2];
    const tensor = new Tensor('float32', new Float32Array(2), dims);
    dims[0] = 7;
    expect(tensor.dims).toEqual([1, 2]);
  });

  it('says what does not fit', () => {
    const attempt = (): Tensor => new Tensor('float32', new Float32Array(3), [1, 4]);
    expect(attempt).toThrow(EngineryError);
    expect(attempt).toThrow('data has length 3, and dims [1, 4] need 4');
  });
});

describe('tensorFault', () => {
  it.each<[unknown, string]>([
    [undefined, 'got undefined'],
    [new Float32Array(2), 'expected { type, dims, data }, got Float32Array'],
    [[1, 2], 'got a plain array'],
    [{}, 'type is undefined'],
    [{ type: 'float', dims: [1], data: new Float32Array(1) }, 'element type "float" is unknown'],
    [{ type: 'float32', dims: 4, data: new Float32Array(4) }, 'dims is a number'],
    [{ type: 'float32', dims: [-1, 4], data: new Float32Array(4) }, 'dims are [-1, 4]'],
    [{ type: 'float32', dims: [1.5], data: new Float32Array(1) }, 'dims are [1.5]'],
    [{ type: 'float32', dims: [2 ** 30, 2 ** 30, 0], data: new Float32Array(0) }, 'product below 2^53'],
    [{ type: 'float32', dims: [1], data: [1] }, 'data is a plain array, expected Float32Array for float32'],
    [{ type: 'float32', dims: [1], data: new Float64Array(1) }, 'data is Float64Array, expected Float32Array'],
    [{ type: 'int64', dims: [1], data: new Int32Array(1) }, 'expected BigInt64Array'],
    [{ type: 'string', dims: [2], data: ['a', 1] }, 'data[1] is a number, expected a string'],
    [{ type: 'int4', dims: [3], data: new Uint8Array(3) }, 'data has length 3, and dims [3] need 2'],
  ])('%#: names the fault', (value, message) => {
    expect(tensorFault(value)).toContain(message);
  });

  it('recognises a transferred buffer', () => {
    const data = new Float32Array(4);
    structuredClone(data, { transfer: [data.buffer] });
    expect(tensorFault({ type: 'float32', dims: [4], data })).toContain('detached');
  });

  it('takes anything that looks like a tensor', () => {
    expect(tensorFault({ type: 'float32', dims: [2], data: new Float32Array(2), location: 'cpu' })).toBeUndefined();
  });
});

describe('elementCount', () => {
  it('multiplies exactly or not at all', () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([3, 0, 5])).toBe(0);
    expect(elementCount([2 ** 27, 2 ** 27])).toBeUndefined();
  });
});

describe('elementsOf', () => {
  it('views bytes as the type of a result', () => {
    const bytes = new Uint8Array(new Float32Array([1, 2.5]).buffer);
    expect(elementsOf('float32', bytes)).toEqual(new Float32Array([1, 2.5]));
    expect(elementsOf('float16', bytes)).toBeInstanceOf(Uint16Array);
    expect(elementsOf('bool', bytes)).toBeInstanceOf(Uint8Array);
    expect(elementsOf('int64', bytes)).toHaveLength(1);
  });
});
