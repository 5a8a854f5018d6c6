import { expect, it } from 'vitest';
import { ELEMENT_TYPES, elementBytes, elementTypeOf, isElementType } from '../../../dist/tensor/element-type.js';

it('numbers every element type of ONNX 1.22 once, without gaps', () => {
  const numbers = Object.values(ELEMENT_TYPES).map(({ onnx }) => onnx);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
  expect(elementTypeOf(23)).toBe('float4e2m1');
  expect(elementTypeOf(0)).toBeNull();
  expect(elementTypeOf(27)).toBeNull();
});

it('packs types narrower than a byte, and pads the last', () => {
  expect(elementBytes('int4', 5)).toBe(3);
  expect(elementBytes('uint2', 5)).toBe(2);
  expect(elementBytes('float16', 5)).toBe(10);
  expect(elementBytes('complex128', 5)).toBe(80);
  expect(elementBytes('string', 5)).toBeNull();
});

it('knows names', () => {
  expect(isElementType('bfloat16')).toBe(true);
  expect(isElementType('toString')).toBe(false);
});
