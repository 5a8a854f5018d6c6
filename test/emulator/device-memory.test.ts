// @module-tag device-tensors
// @module-tag memory
/** What becomes of a GPU's memory that device tensors have taken, on emulated GPUs, each in a process of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { output, ROOT } from '../support/commands.js';
import { emulatedMachine } from '../support/emulator.js';
import { graph, model, node, value } from '../support/onnx-writer.js';
import { temporaryFolder } from '../support/temporary.js';

const NEGATION = model(
  graph({
    nodes: [node('Neg', ['x'], ['y'])],
    inputs: [value('x', 'float32', ['n'])],
    outputs: [value('y', 'float32', ['n'])],
  }),
);

/** Of a float32 tensor of 4 MiB, and a GPU that has room for some of those. */
const ELEMENTS = 1 << 20;
const MEMORY = 'device 0 memory=32MiB';

/** Runs a script on a machine of its own; it has a folder with the models, and sessions are on the GPU. */
async function script(settings: string, body: string): Promise<unknown> {
  const folder = await temporaryFolder();
  const { env, reports } = await emulatedMachine(folder, settings);
  await writeFile(join(folder, 'negation.onnx'), NEGATION);
  const text = `
    import { createSession, Tensor } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
    const profiles = [{ x: { min: [1], opt: [8], max: [${ELEMENTS}] } }];
    const open = () => createSession(${JSON.stringify(join(folder, 'negation.onnx'))}, { backend: 'gpu', engine: { profiles } });
    const tensor = (n) => new Tensor('float32', new Float32Array(n).fill(n), [n]);
    const leave = async (session, x) => (await session.run({ x }, { outputs: { y: 'cuda' } })).y;
    const tick = () => new Promise((resolve) => setImmediate(resolve));
    ${body}`;
  const args = ['--expose-gc', '--input-type=module', '-e', text];
  const said = await output(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ENGINERY_BACKEND: '', ...env },
  });
  expect(await reports()).toBe('');
  return JSON.parse(said);
}

it('memory comes back when device tensors are disposed of', async () => {
  const result = await script(
    MEMORY,
    `
      const session = await open();
      let last;
      for (let i = 0; i < 20; i++) {
        const y = await leave(session, last ?? tensor(${ELEMENTS}));
        last?.dispose();
        last = y;
      }
      const { data } = await last.download();
      last.dispose();
      console.log(JSON.stringify({ first: data[0], left: session.stats().deviceTensors }));
      await session.dispose();`,
  );
  expect(result).toEqual({ first: ELEMENTS, left: { count: 0, bytes: 0 } });
});

it('memory comes back when they are forgotten and collected, and not before', async () => {
  const result = await script(
    MEMORY,
    `
      const session = await open();
      const x = tensor(${ELEMENTS});
      const fill = async () => {
        for (const kept = []; ; ) {
          try {
            kept.push(await leave(session, x));
          } catch ({ code }) {
            return code;
          }
        }
      };
      const full = await fill();
      for (let i = 0; i < 100 && session.stats().deviceTensors.count > 0; i++) {
        gc();
        await tick();
      }
      const left = session.stats().deviceTensors;
      const { dims } = await leave(session, x);
      console.log(JSON.stringify({ full, left, dims }));`,
  );
  expect(result).toEqual({ full: 'ENGINERY_DEVICE_MEMORY', left: { count: 0, bytes: 0 }, dims: [ELEMENTS] });
});

it('of a lost GPU nothing can be had, until it is disposed of', async () => {
  const result = await script(
    'fail launch 3 719',
    `
      const session = await open();
      const y = await leave(session, tensor(3));
      const codes = [];
      const note = ({ code }) => codes.push(code);
      await y.download().then(({ data }) => codes.push(data[0]));
      await leave(session, y).then((it) => it.dispose());
      await leave(session, y).catch(note);
      await y.download().catch(note);
      await session.run({ x: y }).catch(note);
      await session.dispose();
      await open().catch(note);
      y.dispose();
      const again = await open();
      const other = await leave(again, tensor(2));
      codes.push((await other.download()).data[0]);
      other.dispose();
      await again.dispose();
      console.log(JSON.stringify(codes));`,
  );
  expect(result).toEqual([
    -3,
    'ENGINERY_DEVICE_LOST',
    'ENGINERY_DEVICE_LOST',
    'ENGINERY_DEVICE_LOST',
    'ENGINERY_DEVICE_LOST',
    -2,
  ]);
});

it('a lost GPU opens again when its pinned tensors are not referenced any more', async () => {
  const result = await script(
    'fail launch 2 719',
    `
      const codes = [];
      const note = ({ code }) => codes.push(code);
      const lose = async () => {
        const session = await open();
        const x = await session.allocatePinnedTensor('float32', [3]);
        await session.run({ x }, { borrow: true });
        await session.run({ x }, { borrow: true }).catch(note);
        await session.dispose();
        await open().catch(note);
      };
      await lose();
      let again;
      for (let i = 0; i < 100 && again === undefined; i++) {
        gc();
        await tick();
        again = await open().catch(() => undefined);
      }
      codes.push((await again.run({ x: tensor(2) })).y.data[0]);
      await again.dispose();
      console.log(JSON.stringify(codes));`,
  );
  expect(result).toEqual(['ENGINERY_DEVICE_LOST', 'ENGINERY_DEVICE_LOST', -2]);
});

it('memory comes back when the thread that has it ends', async () => {
  const result = await script(
    MEMORY,
    `
      import { Worker } from 'node:worker_threads';
      const session = await open();
      const source = \`
        import { workerData } from 'node:worker_threads';
        const { attachSession, Tensor } = await import(workerData.index);
        const session = await attachSession(workerData.handle);
        const x = new Tensor('float32', new Float32Array(${ELEMENTS}), [${ELEMENTS}]);
        globalThis.kept = [];
        for (let i = 0; i < 3; i++) kept.push((await session.run({ x }, { outputs: { y: 'cuda' } })).y);\`;
      const index = ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      for (let i = 0; i < 3; i++) {
        const url = new URL('data:text/javascript,' + encodeURIComponent(source));
        const worker = new Worker(url, { workerData: { index, handle: session.handle } });
        const code = await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
        if (code !== 0) throw new Error('exit code ' + code);
      }
      const y = await leave(session, tensor(2)); // goes with the process
      console.log(JSON.stringify(y.dims));`,
  );
  expect(result).toEqual([2]);
});
