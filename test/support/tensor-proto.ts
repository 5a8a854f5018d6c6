/** Reading a tensor that is a file of its own, as ONNX's node tests come with. */
import { type ElementType, elementBytes, elementTypeOf } from '../../dist/tensor/element-type.js';
import { elementsOf } from '../../dist/tensor/storage.js';
import { Tensor } from '../../dist/tensor/tensor.js';

const [DIMS, TYPE, INT32S, STRINGS, NAME, RAW] = [1, 2, 5, 6, 8, 9];

/** A tensor of a name; null where it is not stored as ONNX's own writer does. */
export function readTensor(file: Buffer): { readonly name: string; readonly tensor: Tensor } | null {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = file[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const dims: number[] = [];
  const strings: string[] = [];
  let type: ElementType | null = null;
  let name = '';
  let raw: Uint8Array | null = null;
  let ints: Buffer | null = null;
  while (at < file.length) {
    const key = varint();
    const field = key >> 3;
    const value = varint();
    if ((key & 7) === 0) {
      if (field === DIMS) dims.push(value);
      if (field === TYPE) type = elementTypeOf(value);
      continue;
    }
    if ((key & 7) !== 2) return null;
    const content = file.subarray(at, at + value);
    at += value;
    if (field === STRINGS) strings.push(content.toString());
    else if (field === INT32S) ints = content;
    else if (field === NAME) name = content.toString();
    else if (field === RAW) raw = content;
    else return null;
  }
  if (ints !== null) raw = unpack(ints, type);
  if (type === 'string') return { name, tensor: new Tensor('string', strings, dims) };
  if (type === null || (raw === null && !dims.includes(0))) return null;
  return { name, tensor: new Tensor(type, elementsOf(type, Uint8Array.from(raw ?? [])), dims) };
}

/** Numbers of one or two bytes, or bytes of packed ones, stored as varints. Those below 0 are ten bytes there. */
function unpack(varints: Buffer, type: ElementType | null): Uint8Array {
  const numbers: number[] = [];
  for (let at = 0; at < varints.length; at++) {
    let value = (varints[at] as number) & 0x7f;
    for (let shift = 7; (varints[at] as number) >= 0x80; shift += 7) {
      const bits = (varints[++at] as number) & 0x7f;
      if (shift < 21) value |= bits << shift;
    }
    numbers.push(value);
  }
  const wide = type !== null && elementBytes(type, 1) === 2;
  return wide ? new Uint8Array(Uint16Array.from(numbers).buffer) : Uint8Array.from(numbers);
}

/** The elements as numbers, or as what they are where that would not be exact. */
export function elementsAsNumbers({ type, data }: Tensor): readonly (number | bigint | string)[] {
  const elements = Array.from(data as ArrayLike<number | bigint | string>);
  if (type === 'bfloat16') return elements.map((bits) => bfloat16(bits as number));
  if (type === 'float16') return elements.map((bits) => float16(bits as number));
  // It has three.
  if (type === 'float8e5m2') return elements.map((bits) => (((bits as number) & 0x7f) > 0x7c ? Number.NaN : bits));
  return elements;
}

function bfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits * 2 ** 16).buffer)[0] as number;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
