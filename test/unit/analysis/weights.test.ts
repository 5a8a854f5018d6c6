import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../../dist/index.js';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { type Attribute, floats, graph, model, node, tensor, value } from '../../support/onnx-writer.js';
import { float, one, small, type Typed } from '../../support/small-models.js';
import { temporaryFolder } from '../../support/temporary.js';

/** In each row at most two of four are not zero; in its first column three are. */
const ALONG_ROWS = [
  [1, 0, 0, 2],
  [1, 0, 3, 0],
  [0, 0, 4, 0],
  [5, 0, 0, -1],
];
const transposed = (rows: readonly (readonly number[])[]): number[][] =>
  (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] as number));

interface Weight {
  readonly operator: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly x: Typed;
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

async function isStructured({ operator, attributes = {}, x, dims, values }: Weight): Promise<boolean> {
  const weights = { w: ['float32', dims, floats(values)] } as const;
  const { sparsity } = await analyzeModel(one(operator, attributes, { inputs: { x }, weights }));
  expect(sparsity.of).toBe(1);
  return sparsity.structured.includes('w');
}

describe('the 2:4 pattern', () => {
  // Matrices with the pattern along axis 1 only, and along axis 0 only.
  const rows = ALONG_ROWS.flat();
  const columns = transposed(ALONG_ROWS).flat();
  const x: Typed = ['float32', [2, 4]];

  it('lies along the columns of a matrix that MatMul takes', async () => {
    expect(await isStructured({ operator: 'MatMul', x, dims: [4, 4], values: columns })).toBe(true);
    expect(await isStructured({ operator: 'MatMul', x, dims: [4, 4], values: rows })).toBe(false);
  });

  it('of a batch of matrices must hold in each', async () => {
    const batch: Typed = ['float32', [2, 2, 4]];
    const both = { operator: 'MatMul', x: batch, dims: [2, 4, 4] };
    expect(await isStructured({ ...both, values: [...columns, ...columns] })).toBe(true);
    expect(await isStructured({ ...both, values: [...columns, ...rows] })).toBe(false);
  });

  it('of Gemm follows transB', async () => {
    const gemm = { operator: 'Gemm', x, dims: [4, 4] };
    expect(await isStructured({ ...gemm, values: columns })).toBe(true);
    expect(await isStructured({ ...gemm, values: rows })).toBe(false);
    expect(await isStructured({ ...gemm, attributes: { transB: 1 }, values: rows })).toBe(true);
    expect(await isStructured({ ...gemm, attributes: { transB: 1 }, values: columns })).toBe(false);
  });

  it('of a convolution lies along the input channels, for each place of the kernel', async () => {
    const conv = { operator: 'Conv', x: ['float32', [1, 4, 8, 8]] as const, dims: [1, 4, 2, 2] };
    expect(await isStructured({ ...conv, values: columns })).toBe(true);
    expect(await isStructured({ ...conv, values: rows })).toBe(false);
  });

  it('may be broken in the last four of many', async () => {
    const count = 128 * 1024;
    const long = { operator: 'MatMul', x: ['float32', [1, count]] as const, dims: [count, 1] };
    const values = Array.from({ length: count }, (_, i) => i % 2);
    expect(await isStructured({ ...long, values })).toBe(true);
    values[count - 2] = 1;
    expect(await isStructured({ ...long, values })).toBe(false);
  });

  it('counts four from the beginning, not any four', async () => {
    const eight = { operator: 'MatMul', x: ['float32', [1, 8]] as const, dims: [8, 1] };
    expect(await isStructured({ ...eight, values: [1, 1, 0, 0, 1, 1, 0, 0] })).toBe(true);
    expect(await isStructured({ ...eight, values: [0, 0, 1, 1, 1, 1, 0, 0] })).toBe(true);
    expect(await isStructured({ ...eight, values: [0, 1, 1, 1, 0, 0, 0, 0] })).toBe(false);
  });

  it.each<readonly [string, boolean, ElementType, readonly number[]]>([
    ['a negative zero of float32 is a zero', true, 'float32', [0, 0, 0, 0x80]],
    ['so it is of float16', true, 'float16', [0, 0x80]],
    ['the smallest number of float32 is none', false, 'float32', [1, 0, 0, 0]],
    ['-128 of int8 is none', false, 'int8', [0x80]],
  ])('%s', async (_what, structured, type, bytes) => {
    // Of four values: one that is not zero, and this three times.
    const full = bytes.map(() => 0x3c);
    const data = Buffer.from([...full, ...bytes, ...bytes, ...bytes]);
    const { sparsity } = await analyzeModel(
      one(
        'MatMul',
        {},
        { inputs: { x: [type, [1, 4]] }, weights: { w: [type, [4, 1], data] }, outputs: { y: [type, null] } },
      ),
    );
    expect(sparsity).toEqual({ structured: structured ? ['w'] : [], of: 1 });
  });

  it('is looked for in what DequantizeLinear takes, and in constants', async () => {
    const nodes = [
      node('Constant', [], ['k'], {
        value: { tensor: tensor({ type: 'float32', dims: [4, 4], data: floats(columns) }) },
      }),
      node('DequantizeLinear', ['w', 's'], ['d']),
      node('MatMul', ['x', 'd'], ['a']),
      node('MatMul', ['a', 'k'], ['y']),
    ];
    const weights = { w: ['int8', [4, 4], Buffer.from(Int8Array.from(columns).buffer)], s: float(0.1) } as const;
    const { sparsity } = await analyzeModel(small(nodes, { inputs: { x }, weights }));
    expect(sparsity).toEqual({ structured: ['w', 'k'], of: 2 });
  });

  it('is not looked for where the channels cannot be counted by four', async () => {
    const data = Buffer.alloc(2 * 3 * 4);
    const odd = one('MatMul', {}, { inputs: { x: ['float32', [1, 3]] }, weights: { w: ['float32', [3, 2], data] } });
    expect((await analyzeModel(odd)).sparsity).toEqual({ structured: [], of: 0 });
  });
});

describe('duplicates', () => {
  const filled = (bytes: number, last = 7): Buffer => Buffer.from([...Buffer.alloc(bytes - 1, 7), last]);
  const weight = (name: string, data: Buffer, dims = [data.length / 4]): Buffer =>
    tensor({ name, type: 'float32', dims, data });
  const holding = (initializers: readonly Buffer[]): Buffer =>
    model(
      graph({
        nodes: [node('Relu', ['x'], ['y'])],
        inputs: [value('x', 'float32', [1])],
        outputs: [value('y', 'float32', [1])],
        initializers,
      }),
    );

  it('are weights of the same type, shape and values', async () => {
    const bytes = holding([
      weight('a', filled(4096)),
      weight('b', filled(4096)),
      weight('of another shape', filled(4096), [32, 32]),
      weight('of other values', filled(4096, 8)),
      weight('c', filled(4096)),
    ]);
    expect((await analyzeModel(bytes)).duplicates).toEqual([{ names: ['a', 'b', 'c'], bytes: 4096 }]);
  });

  it('are the same to the last byte of long ones', async () => {
    const bytes = holding([
      weight('a', filled(600_000)),
      weight('b', filled(600_000, 8)),
      weight('c', filled(600_000)),
    ]);
    expect((await analyzeModel(bytes)).duplicates).toEqual([{ names: ['a', 'c'], bytes: 600_000 }]);
  });

  it('of less than a kilobyte are not worth a line', async () => {
    expect((await analyzeModel(holding([weight('a', filled(512)), weight('b', filled(512))]))).duplicates).toEqual([]);
  });

  it('are found in other files, and across files', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'm.onnx');
    const external = (name: string, location: string, offset: number): Buffer =>
      tensor({ name, type: 'float32', dims: [1024], external: { location, offset, length: 4096 } });
    await writeFile(join(folder, '1.bin'), Buffer.concat([filled(4096), filled(4096, 8)]));
    await writeFile(join(folder, '2.bin'), Buffer.concat([Buffer.alloc(4096), filled(4096)]));
    const initializers = [external('a', '1.bin', 0), external('b', '1.bin', 4096), external('c', '2.bin', 4096)];
    await writeFile(path, holding([...initializers, weight('d', filled(4096))]));
    expect((await analyzeModel(path)).duplicates).toEqual([{ names: ['a', 'c', 'd'], bytes: 4096 }]);
  });
});
