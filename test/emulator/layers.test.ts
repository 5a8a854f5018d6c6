// @module-tag layers
// @module-tag commands
/** Layers of engines on emulated GPUs: what TensorRT says of them, and what they take. */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSession, profileLayers, type SessionOptions } from '../../dist/index.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { command, ROOT } from '../support/commands.js';
import { emulatedLibrary, machineOfThisFile } from '../support/emulator.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const NODES = ['conv1/Conv', 'relu1/Relu', 'pool1/MaxPool', 'conv2/Conv', 'relu2/Relu', 'conv3/Conv', 'relu3/Relu'];
const LAYERS = [...NODES, 'pool2/MaxPool', 'flatten/Flatten', 'classes/Gemm'].map((name) => `/${name}`);

const machine = machineOfThisFile();

describe.each([
  ['tensorrt-rtx', 'rtx'],
  ['tensorrt 11', 'ent11'],
  ['tensorrt 10', 'ent10'],
] as const)('an engine on %s', (_title, family) => {
  const options = (family: Family): SessionOptions => ({
    backend: family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt',
    engine: {
      library: emulatedLibrary(family),
      profiles: [{ image: { min: [1, 1, 28, 28], opt: [4, 1, 28, 28], max: [8, 1, 28, 28] } }],
      profilingVerbosity: 'detailed',
    },
  });

  it('describes its layers, before a run and after one', async () => {
    const session = await createSession(DIGITS, options(family));
    for (const _when of ['before', 'after']) {
      const { Layers: layers } = JSON.parse(await session.layerInfo());
      expect(layers.map(({ Name }: { Name: string }) => Name)).toEqual(LAYERS);
      expect(layers[0]).toMatchObject({ LayerType: 'Conv' });
      await session.run({ type: 'float32', dims: [2, 1, 28, 28], data: new Float32Array(2 * 784) });
    }
    await session.dispose();
  });

  it('tells what its layers take, without the runs of the warm-up', async () => {
    const { runs, layers } = await profileLayers(DIGITS, { session: options(family), runs: 4, warmUpRuns: 2 });
    expect(runs).toBe(4);
    expect(layers.map(({ name }) => name)).toEqual(LAYERS);
    for (const { timeMs, averageMs, percentage } of layers) {
      expect(averageMs).toBeCloseTo(timeMs / 4);
      expect(percentage).toBeCloseTo(100 / LAYERS.length);
    }
  });
});

describe('the command line', () => {
  const cli = (args: readonly string[]): ReturnType<typeof command> =>
    command(process.execPath, ['dist/cli/main.js', ...args], { cwd: ROOT, env: { ...process.env, ...machine().env } });

  async function engineFile(...flags: readonly string[]): Promise<string> {
    const folder = await temporaryFolder();
    const [onnx, engine] = [join(folder, 'digits.onnx'), join(folder, 'digits.engine')];
    await copyFile(DIGITS, onnx);
    const shapes = (['min', 'opt', 'max'] as const).map((bound, i) => `--${bound}Shapes=image:${[1, 4, 8][i]}x1x28x28`);
    expect(await cli(['build', onnx, '-o', engine, ...shapes, ...flags])).toMatchObject({ status: 0 });
    return engine;
  }

  it('inspects the layers of an engine', async () => {
    const engine = await engineFile('--profilingVerbosity=detailed');
    const { stdout, status } = await cli(['inspect', engine, '--engine']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^layers +\d+/m);
    expect(stdout).toMatch(/\/conv1\/Conv +Conv/);
    const json = await cli(['inspect', engine, '--engine', '--json']);
    expect(JSON.parse(json.stdout).Layers.length).toBeGreaterThan(5);
  });

  it('inspects the layers of an engine that tells names only', async () => {
    const { stdout, stderr } = await cli(['inspect', await engineFile(), '--engine']);
    expect(stdout).toMatch(/\/conv1\/Conv$/m);
    expect(stderr).toContain('--profilingVerbosity=detailed');
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a model', ['inspect', DIGITS, '--engine'], /--engine: .*digits\.onnx is a model/],
    ['two engines', ['inspect', 'a.engine', 'b.engine', '--engine'], /--engine/],
    ['a GPU of no engine', ['inspect', DIGITS, '--device=1'], /--device/],
  ])('refuses to inspect %s', async (_what, args, message) => {
    const { stderr, status } = await cli(args);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });

  it('exports layers, and what they took', async () => {
    const engine = await engineFile('--profilingVerbosity=detailed');
    const [profile, info] = [`${engine}.profile.json`, `${engine}.layers.json`];
    const files = [`--exportProfile=${profile}`, `--exportLayerInfo=${info}`];
    const { stdout, status } = await cli(['bench', engine, '--iterations=2', '--duration=0', '--warmUp=0', ...files]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Layers, over 20 profiled runs: /m);
    const [count, ...layers] = JSON.parse(await readFile(profile, 'utf8'));
    const described = JSON.parse(await readFile(info, 'utf8')).Layers as { Name: string }[];
    expect(count).toEqual({ count: 20 });
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(described.map(({ Name }) => Name));
    expect(Object.keys(layers[0])).toEqual(['name', 'timeMs', 'averageMs', 'medianMs', 'percentage']);
  });

  it('exports no description of layers from the CPU', async () => {
    const { stderr, status } = await cli(['bench', DIGITS, '--backend=cpu', '--exportLayerInfo=layers.json']);
    expect(stderr).toMatch(/--exportLayerInfo: onnxruntime executes no engine/);
    expect(status).toBe(2);
  });
});
