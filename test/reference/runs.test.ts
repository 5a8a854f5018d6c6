// @module-tag numbers
// @module-tag element-types
/** ONNX's node tests through sessions of both kinds: what ONNX Runtime takes comes out as ONNX says. */
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { EngineryError } from '../../dist/errors.js';
import { findPip } from '../../dist/libraries/pip.js';
import { readModelInfo } from '../../dist/onnx/model-info.js';
import type { BackendCandidate } from '../../dist/session/choose.js';
import { createSession } from '../../dist/session/create-session.js';
import type { Tensor } from '../../dist/tensor/tensor.js';
import { output, ROOT } from '../support/commands.js';
import { elementsAsNumbers, readTensor } from '../support/tensor-proto.js';

/** Of 1,765 with ONNX Runtime 1.30. Most others are of operators that it has not, or not for their types. */
const PASSING = 1596;
/** The others are of types that `onnxruntime-node` does not take. */
const PASSING_IN_WORKER = 1440;
/** With the 29 that have sequences and optional values. */
const PASSING_IN_PYTHON = 1467;
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

/** `onnxruntime-node` has no arrays for some types of 16 bits and fewer. */
const NOT_TAKEN =
  /^ENGINERY_SESSION_FAILED: The model has an input or output of type (bfloat16|float8\w+|u?int[24]), which onnxruntime-node does not take$/;

type Outcome = 'passed' | 'no tensors' | 'refused' | 'differs';
interface Result {
  readonly name: string;
  readonly outcome: Outcome;
  readonly reason: string;
}

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

async function runCase(folder: string, backend: BackendCandidate): Promise<[Outcome, string]> {
  const path = join(folder, 'model.onnx');
  const info = await readModelInfo(path);
  if ([...info.inputs, ...info.outputs].some(({ kind }) => kind !== 'tensor')) return ['no tensors', ''];
  const inputs = await tensorsOf(folder, 'input', info.inputs.length);
  const outputs = await tensorsOf(folder, 'output', info.outputs.length);
  if (inputs === null || outputs === null) return ['no tensors', 'stored otherwise'];
  try {
    const feeds = Object.fromEntries(info.inputs.map(({ name }, i) => [name, inputs[i] as Tensor]));
    const results = await resultsOf(path, feeds, backend);
    const atol = /test_(dft|stft)/.test(path) ? FOURIER_ATOL : ATOL;
    const faults = outputs.map((expected, i) => fault(results[info.outputs[i]?.name ?? ''], expected, atol));
    const first = faults.find((it) => it !== null);
    return first === undefined ? ['passed', ''] : ['differs', first];
  } catch (error) {
    if (error instanceof EngineryError) return ['refused', `${error.code}: ${error.message.split('\n')[0]}`];
    throw error;
  }
}

async function resultsOf(
  path: string,
  feeds: Record<string, Tensor>,
  backend: BackendCandidate,
): Promise<Record<string, Tensor>> {
  const session = await createSession(path, { backend });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** All cases, so many at a time, by name. */
async function runAll(backend: BackendCandidate, atOnce: number): Promise<Result[]> {
  const root = inject('nodeTests');
  const names = (await readdir(root)).sort();
  const results: Result[] = [];
  const waiting = names.values();
  const take = async (): Promise<void> => {
    for (const name of waiting) {
      const [outcome, reason] = await runCase(join(root, name), backend);
      results.push({ name, outcome, reason });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  results.sort((a, b) => (a.name < b.name ? -1 : 1));
  const others = results.filter(({ outcome }) => outcome !== 'passed');
  console.log(others.map(({ name, outcome, reason }) => `${outcome}: ${name}: ${reason}`).join('\n'));
  console.log(`${backend}: ${named(results, 'passed').length} of ${results.length} passed`);
  return results;
}

function named(results: readonly Result[], outcome: Outcome): string[] {
  return results.filter((result) => result.outcome === outcome).map(({ name }) => name);
}

let native: readonly Result[];
beforeAll(async () => {
  native = await runAll('onnxruntime-native', 1);
});

test("ONNX's node tests pass", () => {
  expect(named(native, 'differs')).toEqual(Object.keys(DIFFERS));
  expect(named(native, 'passed').length).toBeGreaterThanOrEqual(PASSING);
});

// Python's have no arrays of some types either, but know sequences and optional values, which are no tensors.
test("those that pass in Python's onnxruntime of the same version pass", async () => {
  const { python } = await findPip();
  const env = { ...process.env, PYTHONPATH: inject('pythonPackages') };
  const script = join(ROOT, 'test/reference/python_runs.py');
  const theirs = JSON.parse(await output(python, [script, inject('nodeTests')], { env })) as string[];
  const passing = new Set([...named(native, 'passed'), ...named(native, 'no tensors')]);
  console.log(`Python: ${theirs.length} passed`);
  expect(theirs.length).toBeGreaterThanOrEqual(PASSING_IN_PYTHON);
  expect(theirs.filter((name) => !passing.has(name))).toEqual([]);
});

// Each session starts a process, which takes a tenth of a second of a core: two minutes on two cores.
test('those that pass natively pass in the worker, or it says which type it does not take', {
  timeout: 600_000,
}, async () => {
  const passing = new Set(named(native, 'passed'));
  const worker = await runAll('onnxruntime-worker', 2 * availableParallelism());
  const lost = worker.filter(({ name, outcome }) => passing.has(name) && outcome !== 'passed');
  expect(lost.filter(({ reason }) => !NOT_TAKEN.test(reason))).toEqual([]);
  expect(named(worker, 'differs')).toEqual(Object.keys(DIFFERS));
  expect(named(worker, 'passed').length).toBeGreaterThanOrEqual(PASSING_IN_WORKER);
});
