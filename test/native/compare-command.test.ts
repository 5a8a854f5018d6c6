// @module-tag commands
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareSessions } from '../../dist/compare/compare-sessions.js';
import { digestModel } from '../../dist/onnx/digest-model.js';
import { readGraph } from '../../dist/onnx/read-graph.js';
import { createSession } from '../../dist/session/create-session.js';
import { command, type Finished, ROOT } from '../support/commands.js';
import { graph, model, node, value } from '../support/onnx-writer.js';
import { writeEngine } from '../support/plans.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const SEVEN = join(ROOT, 'examples/digits/samples/7-0.png');
const TWO = join(ROOT, 'examples/digits/samples/2-1.png');

const compare = (...args: string[]): Promise<Finished> =>
  command(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'compare', ...args]);

/** The digits model with each of its weights larger by `part` of itself. */
async function perturbed(part: number): Promise<string> {
  const bytes = await readFile(DIGITS);
  const { initializers } = (await readGraph(DIGITS)).graph;
  for (const { type, dims, place } of initializers) {
    if (type !== 'float32' || place === null) continue;
    for (let i = 0; i < dims.reduce((a, b) => a * b, 1); i += 1) {
      const at = place.position + 4 * i;
      bytes.writeFloatLE(bytes.readFloatLE(at) * (1 + part), at);
    }
  }
  const path = join(await temporaryFolder(), 'perturbed.onnx');
  await writeFile(path, bytes);
  return path;
}

/** An engine of the digits model for up to 8 images, and the copy of the model that is behind it. */
async function engineOfDigits(): Promise<{ engine: string; model: string }> {
  const folder = await temporaryFolder();
  const [engine, model] = [join(folder, 'fast.engine'), join(folder, 'digits.onnx')];
  await copyFile(DIGITS, model);
  const { sha256, bytes } = await digestModel(model);
  await writeEngine(engine, {
    model: { name: 'digits.onnx', path: 'digits.onnx', sha256, bytes },
    profiles: [{ image: { min: [1, 1, 28, 28], opt: [4, 1, 28, 28], max: [8, 1, 28, 28] } }],
  });
  return { engine, model };
}

/** A model of one float32 input `x` `[n, 4]`, with an output for each operator. */
async function modelOf(
  name: string,
  outputs: Readonly<Record<string, [string, 'float32' | 'float16' | 'int64' | 'bool']>>,
) {
  const types = { float32: 1, float16: 10, int64: 7, bool: 9 };
  const nodes = Object.entries(outputs).map(([output, [operator, type]]) =>
    node(operator, ['x'], [output], operator === 'Cast' ? { to: types[type] } : {}),
  );
  const path = join(await temporaryFolder(), name);
  const values = Object.entries(outputs).map(([output, [, type]]) => value(output, type, null));
  await writeFile(path, model(graph({ nodes, inputs: [value('x', 'float32', ['n', 4])], outputs: values })));
  return path;
}

describe('enginery compare', () => {
  it('finds a model perfect against itself', async () => {
    const limits = ['--max-abs=0', '--max-rel=0', '--min-cosine=1', '--min-psnr=100', '--min-top1=1'];
    const { status, stdout, stderr } = await compare(DIGITS, DIGITS, '--runs=3', ...limits);
    expect(stdout).toMatch(/^A +\S+digits\.onnx on onnxruntime [\d.]+\nB +\S+digits\.onnx on onnxruntime [\d.]+$/m);
    expect(stdout).toMatch(/^logits {2}float32 \[1, 10\], 30 elements in 3 runs\n {2}absolute +max 0 /m);
    expect(stdout).toContain('top-1       100.00 %');
    expect(stdout).not.toContain('FAILED');
    expect(stderr).toMatch(/^running on onnxruntime/m);
    expect(status).toBe(0);
  });

  it('measures a perturbed copy, the more the more it is perturbed, on files', async () => {
    const inputs = ['--input', SEVEN, '--input', `image=${TWO}`, '--json'];
    const errors = [];
    for (const part of [1e-3, 1e-2]) {
      const { status, stdout } = await compare(DIGITS, await perturbed(part), ...inputs);
      expect(status).toBe(0);
      const { runs, passed, outputs, b } = JSON.parse(stdout);
      expect({ runs, passed, name: b.backend.name }).toEqual({ runs: 2, passed: true, name: 'onnxruntime' });
      expect(outputs).toMatchObject([
        { name: 'logits', metrics: { kind: 'float', elements: 20, mismatched: 0, top1: 1 } },
      ]);
      const { absolute, cosine, psnr } = outputs[0].metrics;
      expect(cosine).toBeGreaterThan(0.999);
      expect(absolute.median).toBeLessThanOrEqual(absolute.p99);
      errors.push([absolute.max, -psnr]);
    }
    const [[small, quiet], [large, loud]] = errors as [[number, number], [number, number]];
    expect(small).toBeGreaterThan(0);
    expect(large).toBeGreaterThan(5 * small);
    expect(loud).toBeGreaterThan(quiet);
  });

  it('ends with 1 where a limit does not hold, and says which and where', async () => {
    const copy = await perturbed(0.01);
    const failed = await compare(DIGITS, copy, '--max-abs', '1e-6', '--min-top1', '1');
    expect(failed.status).toBe(1);
    expect(failed.stdout).toMatch(
      /^FAILED logits: largest absolute error 0\.\d+ is over 0\.000001 \(run 0, element \d: .+\)$/m,
    );
    expect(failed.stdout.match(/FAILED/g)).toHaveLength(1);
    const json = await compare(DIGITS, copy, '--min-psnr', '300', '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      passed: false,
      failures: [{ output: 'logits', threshold: 'minPsnr' }],
    });
    expect(json.stderr).toMatch(/^FAILED logits: PSNR \d+\.\d+ is below 300$/m);
    expect((await compare(DIGITS, copy, '--max-abs', '100', '--min-cosine', '0.9')).status).toBe(0);
  });

  it('takes types and outputs that differ for findings', async () => {
    const a = await modelOf('a.onnx', { y: ['Identity', 'float32'], i: ['Cast', 'int64'], c: ['Cast', 'bool'] });
    const b = await modelOf('b.onnx', { y: ['Cast', 'float16'], i: ['Cast', 'int64'], c: ['Abs', 'float32'] });
    const { status, stdout } = await compare(a, b, '--shapes=x:1000x4', '--json');
    expect(status).toBe(0);
    const { outputs, findings } = JSON.parse(stdout);
    expect(outputs).toMatchObject([
      { name: 'y', types: { a: 'float32', b: 'float16' }, metrics: { kind: 'float', elements: 4000 } },
      { name: 'i', metrics: { kind: 'exact', different: 0, largest: '0', first: null } },
      { name: 'c', metrics: null },
    ]);
    // Half of the last of 11 bits.
    expect(outputs[0].metrics.absolute.max).toBeLessThanOrEqual(2 ** -12);
    expect(outputs[0].metrics.absolute.max).toBeGreaterThan(2 ** -14);
    expect(findings.map(({ output, kind, compared }: Record<string, unknown>) => [output, kind, compared])).toEqual([
      ['y', 'type', true],
      ['c', 'type', false],
    ]);
  });

  it('takes engines on either side, and says where a model stood in for one', async () => {
    const { engine, model } = await engineOfDigits();
    const mine = await compare(engine, model, '--backend=cpu', '--runs=2', '--max-abs=0');
    expect(mine).toMatchObject({ status: 0 });
    expect(mine.stdout).toMatch(
      /^A +\S+digits\.onnx on onnxruntime [\d.]+, in place of \S+\.engine, which did not run$/m,
    );
    expect(mine.stdout).toMatch(/^B +\S+digits\.onnx on onnxruntime [\d.]+$/m);
    expect(mine.stderr).toMatch(/^A: \S+digits\.onnx stands in for the engine$/m);
    expect(mine.stderr).toMatch(/^B: running on onnxruntime/m);

    const { status, stdout } = await compare(await perturbed(0.01), engine, '--backend=cpu', '--json');
    expect(status).toBe(0);
    const { a, b, outputs } = JSON.parse(stdout);
    expect(a.backend.standIn).toBeNull();
    expect(b).toMatchObject({ model: engine, backend: { name: 'onnxruntime', standIn: model } });
    expect(outputs[0].metrics.absolute.max).toBeGreaterThan(0);
  });

  it('keeps the bounds of an engine, and trusts a plan without a manifest on request only', async () => {
    const { engine } = await engineOfDigits();
    const bounded = await compare(DIGITS, engine, '--backend=cpu', '--shapes=image:9x1x28x28');
    expect(bounded).toMatchObject({ status: 1, stdout: '' });
    expect(bounded.stderr).toContain('from [1, 1, 28, 28] to [8, 1, 28, 28] are allowed');

    const bare = join(await temporaryFolder(), 'bare.plan');
    await writeEngine(bare, null);
    const untrusted = await compare(DIGITS, bare);
    expect(untrusted).toMatchObject({ status: 1, stdout: '' });
    expect(untrusted.stderr).toContain('ENGINERY_UNTRUSTED_PLAN');
    const trusted = await compare(DIGITS, bare, '--backend=cpu', '--trust-plans');
    expect(trusted.stderr).toContain('has no manifest, which would name its model');
  });

  it.each<[string, string[], number, string]>([
    ['one model', [DIGITS], 2, 'There is nothing to compare with'],
    ['two backends, one of which is not there', [DIGITS, '--backend-b', 'gpu'], 1, 'ENGINERY_BACKEND_UNAVAILABLE'],
    ['a strange limit', [DIGITS, DIGITS, '--max-abs', 'little'], 2, '--max-abs little: expected a number'],
    ['no runs', [DIGITS, DIGITS, '--runs', '0'], 2, '--runs 0: expected a whole number from 1 on'],
    ['files for other runs', [DIGITS, DIGITS, '--runs=3', '-i', SEVEN, '-i', TWO], 2, 'there are files for 2 runs'],
    ['a missing model', [DIGITS, 'none.onnx'], 1, 'none.onnx'],
  ])('says what is wrong with %s', async (_what, args, status, message) => {
    const result = await compare(...args);
    expect(result.stderr).toContain(message);
    expect({ status: result.status, stdout: result.stdout }).toEqual({ status, stdout: '' });
  });
});

it('compareSessions() takes sessions as they are', async () => {
  const session = await createSession(DIGITS, { backend: 'cpu' });
  try {
    const result = await compareSessions(session, session, { runs: 2, shapes: { image: [4, 1, 28, 28] } });
    expect(result).toMatchObject({ runs: 2, outputs: [{ metrics: { elements: 80, top1: 1, top5: 1 } }] });
  } finally {
    await session.dispose();
  }
});
