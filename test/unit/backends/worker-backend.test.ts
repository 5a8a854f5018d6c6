/** What only the worker backend does; what it has in common with others is in test/native/backend-contract.test.ts. */
import childProcess, { type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSession } from '../../../dist/session/create-session.js';
import type { Session } from '../../../dist/session/session.js';
import { ELEMENT_TYPES, type ElementType } from '../../../dist/tensor/element-type.js';
import { Tensor } from '../../../dist/tensor/tensor.js';
import { command } from '../../support/commands.js';
import { heavyModel } from '../../support/heavy-model.js';
import { bytes, graph, int, model, node, value } from '../../support/onnx-writer.js';
import { temporaryFolder } from '../../support/temporary.js';

const INDEX = new URL('../../../dist/index.js', import.meta.url).href;
const SQUARE = { x: new Tensor('float32', new Float32Array(256 * 256), [256, 256]) };

async function open(content: Uint8Array): Promise<Session> {
  const session = await createSession(content, { backend: 'onnxruntime-worker' });
  onTestFinished(() => session.dispose({ cancel: true }));
  return session;
}

/** Runs a script that opens a heavy model as it likes. */
async function script(source: string): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'heavy.onnx'), heavyModel(2000));
  await writeFile(
    join(folder, 'script.mjs'),
    `import { createSession } from ${JSON.stringify(INDEX)};
     const open = () => createSession(${JSON.stringify(join(folder, 'heavy.onnx'))}, { backend: 'onnxruntime-worker' });
     const x = { type: 'float32', dims: [256, 256], data: new Float32Array(256 * 256) };
     ${source}`,
  );
  return command(process.execPath, ['--expose-gc', join(folder, 'script.mjs')]);
}

describe('the worker process', () => {
  it('may die: the runs that wait for it fail, and all after them', async () => {
    const fork = vi.spyOn(childProcess, 'fork');
    syncBuiltinESMExports();
    const session = await open(heavyModel(2000));
    const [child] = fork.mock.results.map(({ value }) => value as ChildProcess);
    fork.mockRestore();
    syncBuiltinESMExports();
    const outcomes = Promise.allSettled([1, 2].map(() => session.run(SQUARE)));
    child?.kill('SIGKILL');
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'ENGINERY_RUN_FAILED' } });
    await expect(session.run(SQUARE)).rejects.toMatchObject({
      code: 'ENGINERY_RUN_FAILED',
      message: 'The process that runs the model has ended: SIGKILL',
    });
  });

  it('ends when its session is forgotten', async () => {
    const finished = await script(`
      import childProcess from 'node:child_process';
      import { syncBuiltinESMExports } from 'node:module';
      const { fork } = childProcess;
      const children = [];
      childProcess.fork = (...args) => {
        children.push(fork(...args));
        return children.at(-1);
      };
      syncBuiltinESMExports();
      for (let i = 0; i < 2; i++) await (await open()).run({ x: { ...x, dims: [1, 1], data: new Float32Array(1) } });
      const alive = () => children.filter(({ signalCode }) => signalCode === null).length;
      console.log(alive());
      while (alive() > 0) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      console.log('gone');
    `);
    expect(finished).toMatchObject({ status: 0, stdout: '2\ngone\n', stderr: '' });
  });

  it('does not take along a program whose thread is terminated during a run', async () => {
    const finished = await script(`
      import { isMainThread, parentPort, Worker } from 'node:worker_threads';
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url));
        await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
        await worker.terminate();
        console.log('alive');
      } else {
        const session = await open();
        session.run({ x });
        parentPort.postMessage('busy');
      }
    `);
    expect(finished).toMatchObject({ status: 0, stdout: 'alive\n', stderr: '' });
  });
});

describe('a session of the worker', () => {
  const UNKNOWN: readonly ElementType[] = ['bfloat16', 'float8e4m3fn', 'uint4', 'int4', 'uint2', 'int2', 'float8e8m0'];
  it.each(UNKNOWN)('says that it does not take %s', async (type) => {
    const cast = model(
      graph({
        nodes: [node('Cast', ['x'], ['y'], { to: ELEMENT_TYPES[type].onnx })],
        inputs: [value('x', 'float32', ['n'])],
        outputs: [value('y', type, ['n'])],
      }),
      { opset: 25, irVersion: 12 },
    );
    await expect(open(cast)).rejects.toMatchObject({
      code: 'ENGINERY_SESSION_FAILED',
      message: expect.stringContaining(`of type ${type}, which onnxruntime-node does not take`),
      hint: expect.stringContaining('onnxruntime-native'),
    });
  });

  it('refuses strings that would be cut', async () => {
    const session = await open(
      model(
        graph({
          nodes: [node('Identity', ['x'], ['y'])],
          inputs: [value('x', 'string', ['n'])],
          outputs: [value('y', 'string', ['n'])],
        }),
      ),
    );
    const cut = session.run({ x: new Tensor('string', ['a\0b'], [1]) });
    await expect(cut).rejects.toMatchObject({ code: 'ENGINERY_INVALID_FEED' });
  });

  it('knows sequences, and gives the outputs beside them', async () => {
    const sequence = bytes(4, bytes(1, bytes(1, int(1, 1))));
    const session = await open(
      model(
        graph({
          nodes: [node('Neg', ['x'], ['y']), node('SequenceConstruct', ['x'], ['s'])],
          inputs: [value('x', 'float32', ['n'])],
          outputs: [value('y', 'float32', ['n']), value('s', sequence)],
        }),
      ),
    );
    expect(session.outputs[1]).toEqual({ name: 's', kind: 'sequence', type: null, dims: null });
    const x = new Tensor('float32', new Float32Array([1]), [1]);
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'ENGINERY_RUN_FAILED' });
    expect(await session.run({ x }, { outputs: ['y'] })).toMatchObject({ y: { data: new Float32Array([-1]) } });
  });

  it('cannot be shared by threads, and counts its queue from the second run on', async () => {
    const session = await open(heavyModel(10));
    expect(() => session.handle).toThrow(expect.objectContaining({ code: 'ENGINERY_OPTION_UNSUPPORTED' }));
    const running = [1, 2, 3].map(() => session.run(SQUARE));
    expect(session.stats()).toMatchObject({ inFlight: 3, queued: 2 });
    await Promise.all(running);
  });
});
