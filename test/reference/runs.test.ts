/** ONNX's node tests through sessions: what ONNX Runtime takes comes out as ONNX says. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { EngineryError } from '../../dist/errors.js';
import { readModelInfo } from '../../dist/onnx/model-info.js';
import { createSession } from '../../dist/session/create-session.js';
import type { Tensor } from '../../dist/tensor/tensor.js';
import { elementsAsNumbers, readTensor } from '../support/tensor-proto.js';

/** Of 1,765 with ONNX Runtime 1.30. Most others are of operators that it has not, or not for their types. */
const PASSING = 1558;
/** ONNX's own; sums of Fourier transforms are further off where terms of up to 100 make 0. */
const [RTOL, ATOL, FOURIER_ATOL] = [1e-3, 1e-7, 5e-4];

/** Where ONNX Runtime gives something else. */
const DIFFERS: Readonly<Record<string, string>> = {
  test_maxunpool_export_with_output_shape: 'another place for each element',
  test_resize_downsample_scales_cubic_align_corners: 'another place for the corners',
  test_resize_downsample_scales_linear_align_corners: 'another place for the corners',
  test_training_dropout: 'other random numbers',
  test_training_dropout_default: 'other random numbers',
  test_training_dropout_default_mask: 'other random numbers',
  test_training_dropout_mask: 'other random numbers',
};

type Outcome = 'passed' | 'no tensors' | 'refused' | 'differs';

async function tensorsOf(folder: string, what: string, count: number): Promise<Tensor[] | null> {
  const all: Tensor[] = [];
  for (let i = 0; i < count; i++) {
    const read = readTensor(await readFile(join(folder, `test_data_set_0/${what}_${i}.pb`)));
    if (read === null) return null;
    all.push(read.tensor);
  }
  return all;
}

function fault(got: Tensor | undefined, expected: Tensor, atol: number): string | null {
  if (got?.type !== expected.type) return `type ${got?.type}, expected ${expected.type}`;
  if (String(got.dims) !== String(expected.dims)) return `dims [${got.dims}], expected [${expected.dims}]`;
  const [a, b] = [elementsAsNumbers(got), elementsAsNumbers(expected)];
  const at = b.findIndex((value, i) => !isClose(a[i], value, atol));
  return at < 0 ? null : `element ${at} is ${a[at]}, expected ${b[at]}`;
}

function isClose(got: unknown, expected: unknown, atol: number): boolean {
  if (Object.is(got, expected) || got === expected) return true;
  if (typeof got !== 'number' || typeof expected !== 'number') return false;
  return Math.abs(got - expected) <= atol + RTOL * Math.abs(expected);
}

async function runCase(folder: string): Promise<[Outcome, string]> {
  const path = join(folder, 'model.onnx');
  const info = await readModelInfo(path);
  if ([...info.inputs, ...info.outputs].some(({ kind }) => kind !== 'tensor')) return ['no tensors', ''];
  const inputs = await tensorsOf(folder, 'input', info.inputs.length);
  const outputs = await tensorsOf(folder, 'output', info.outputs.length);
  if (inputs === null || outputs === null) return ['no tensors', 'stored otherwise'];
  try {
    const results = await resultsOf(
      path,
      Object.fromEntries(info.inputs.map(({ name }, i) => [name, inputs[i] as Tensor])),
    );
    const atol = /test_(dft|stft)/.test(path) ? FOURIER_ATOL : ATOL;
    const faults = outputs.map((expected, i) => fault(results[info.outputs[i]?.name ?? ''], expected, atol));
    const first = faults.find((it) => it !== null);
    return first === undefined ? ['passed', ''] : ['differs', first];
  } catch (error) {
    if (error instanceof EngineryError) return ['refused', `${error.code}: ${error.message.split('\n')[0]}`];
    throw error;
  }
}

async function resultsOf(path: string, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(path, { backend: 'cpu' });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

test("ONNX's node tests pass", async () => {
  const counts: Record<Outcome, number> = { passed: 0, 'no tensors': 0, refused: 0, differs: 0 };
  const lines: string[] = [];
  const differing: string[] = [];
  const root = inject('nodeTests');
  for (const name of (await readdir(root)).sort()) {
    const [outcome, reason] = await runCase(join(root, name));
    counts[outcome]++;
    if (outcome === 'differs') differing.push(name);
    if (outcome !== 'passed') lines.push(`${outcome}: ${name}: ${reason}`);
  }
  console.log(`${lines.join('\n')}\n${JSON.stringify(counts)}`);
  expect(differing).toEqual(Object.keys(DIFFERS));
  expect(counts.passed).toBeGreaterThanOrEqual(PASSING);
});
