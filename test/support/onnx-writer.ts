/** Writes ONNX models for tests: no more of the format than they need, and nothing checked, so that broken ones can be written. */

import { ELEMENT_TYPES, type ElementType } from '../../dist/tensor/element-type.js';

/** A varint field. */
export function int(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A length-delimited field: a message, a string or bytes. */
export function bytes(field: number, value: Uint8Array | string): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

export function float(field: number, value: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), content]);
}

/** Negative numbers take ten bytes, as Protocol Buffers want it. */
export function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Buffer.from(out);
}

export interface TensorParts {
  readonly name?: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Values as stored; `external` says where they are otherwise. */
  readonly data?: Uint8Array;
  readonly external?: Readonly<Record<string, string | number>>;
}

export function tensor({ name = '', type, dims, data, external }: TensorParts): Buffer {
  const entries = Object.entries(external ?? {}).map(([key, value]) =>
    bytes(13, Buffer.concat([bytes(1, key), bytes(2, String(value))])),
  );
  return Buffer.concat([
    ...dims.map((dim) => int(1, dim)),
    int(2, ELEMENT_TYPES[type].onnx),
    bytes(8, name),
    ...(data === undefined ? [] : [bytes(9, data)]),
    ...entries,
    ...(external === undefined ? [] : [int(14, 1)]),
  ]);
}

/** Values of `AttributeProto`: a whole number is an int, `{ float }` a float. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { tensor: Buffer }
  | { graph: Buffer };

export function attribute(name: string, value: Attribute): Buffer {
  const content = (): [Buffer, number] => {
    if (typeof value === 'number') return [int(3, value), 2];
    if (typeof value === 'string') return [bytes(4, value), 3];
    if ('float' in value) return [float(2, value.float), 1];
    if ('tensor' in value) return [bytes(5, value.tensor), 4];
    if ('graph' in value) return [bytes(6, value.graph), 5];
    return [Buffer.concat(value.map((n) => int(8, n))), 7];
  };
  const [body, type] = content();
  return Buffer.concat([bytes(1, name), body, int(20, type)]);
}

export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  { domain = '', name = `${operator}_${outputs[0]}` }: { domain?: string; name?: string } = {},
): Buffer {
  return Buffer.concat([
    ...inputs.map((input) => bytes(1, input)),
    ...outputs.map((output) => bytes(2, output)),
    bytes(3, name),
    bytes(4, operator),
    ...Object.entries(attributes).map(([key, value]) => bytes(5, attribute(key, value))),
    ...(domain === '' ? [] : [bytes(7, domain)]),
  ]);
}

/** A number, a symbolic name, or null for neither. Null as a whole: no shape. */
export type Shape = readonly (number | string | null)[] | null;

/** `TypeProto.Tensor`, in `TypeProto`. */
export function tensorType(type: ElementType, shape: Shape): Buffer {
  const dims = shape?.map((dim) => bytes(1, dim === null ? '' : typeof dim === 'number' ? int(1, dim) : bytes(2, dim)));
  const parts = [int(1, ELEMENT_TYPES[type].onnx), ...(dims === undefined ? [] : [bytes(2, Buffer.concat(dims))])];
  return bytes(1, Buffer.concat(parts));
}

/** `ValueInfoProto`. */
export function value(name: string, type: ElementType | Buffer, shape: Shape = null): Buffer {
  return Buffer.concat([bytes(1, name), bytes(2, Buffer.isBuffer(type) ? type : tensorType(type, shape))]);
}

export interface GraphParts {
  readonly name?: string;
  readonly nodes?: readonly Buffer[];
  readonly inputs?: readonly Buffer[];
  readonly outputs?: readonly Buffer[];
  readonly initializers?: readonly Buffer[];
  readonly sparse?: readonly Buffer[];
}

export function graph({ name = 'g', nodes, inputs, outputs, initializers, sparse }: GraphParts): Buffer {
  const all = (field: number, parts: readonly Buffer[] = []): Buffer[] => parts.map((part) => bytes(field, part));
  return Buffer.concat([
    ...all(1, nodes),
    bytes(2, name),
    ...all(5, initializers),
    ...all(11, inputs),
    ...all(12, outputs),
    ...all(15, sparse),
  ]);
}

export interface ModelParts {
  readonly opset?: number;
  readonly irVersion?: number;
  readonly opsets?: Readonly<Record<string, number>>;
  /** `FunctionProto`s. */
  readonly functions?: readonly Buffer[];
}

export function model(
  content: Buffer,
  { opset = 17, irVersion = 8, opsets = {}, functions = [] }: ModelParts = {},
): Buffer {
  const domains = Object.entries({ '': opset, ...opsets });
  return Buffer.concat([
    int(1, irVersion),
    bytes(2, 'enginery-test'),
    bytes(7, content),
    ...domains.map(([domain, version]) => bytes(8, Buffer.concat([bytes(1, domain), int(2, version)]))),
    ...functions.map((body) => bytes(25, body)),
  ]);
}

/** Little-endian bytes of numbers. */
export function floats(values: readonly number[]): Buffer {
  return Buffer.from(new Float32Array(values).buffer);
}

export function int64s(values: readonly number[]): Buffer {
  return Buffer.from(new BigInt64Array(values.map(BigInt)).buffer);
}
