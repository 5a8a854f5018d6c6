// @module-tag sessions
// @module-tag faults
/** Sessions while they run, stop, end and die. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { heavyModel } from '../support/heavy-model.js';
import { floats, graph, model, node, tensor, value } from '../support/onnx-writer.js';

const SESSION_MODULE = new URL('../../dist/session/create-session.js', import.meta.url).href;

const floatsOf = (tensor: Tensor | undefined): Float32Array => (tensor as Tensor).data as Float32Array;
const square = (n: number): Tensor => new Tensor('float32', new Float32Array(n * n).fill(1 / n), [n, n]);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-session-'));
  await writeFile(join(folder, 'heavy.onnx'), heavyModel(2000));
  const weights = tensor({
    name: 'w',
    type: 'float32',
    dims: [1600, 1600],
    data: floats(new Array(1600 * 1600).fill(0.5)),
  });
  await writeFile(
    join(folder, 'weights.onnx'),
    model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        inputs: [value('x', 'float32', [1, 1600])],
        outputs: [value('y', 'float32', [1, 1600])],
        initializers: [weights],
      }),
    ),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** A script that has a run of many seconds under way when it says so. */
const BUSY = (then: string): string => `
  const { createSession } = await import(${JSON.stringify(SESSION_MODULE)});
  const session = await createSession(${JSON.stringify(join(folder, 'heavy.onnx'))}, { backend: 'cpu' });
  const x = { type: 'float32', dims: [256, 256], data: new Float32Array(65536).fill(1 / 256) };
  for (let i = 0; i < 6; i++) session.run({ x }).catch(() => {});
  setTimeout(() => { ${then} }, 50);
`;

describe('while a model runs', () => {
  it('the event loop is free', async () => {
    const session = await createSession(heavyModel(400), { backend: 'cpu' });
    const feeds = { x: square(256) };
    await session.run(feeds);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    const running = session.run(feeds);
    const handedOver = performance.now() - start;
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await running;
    clearInterval(timer);
    delay.disable();
    const seconds = (performance.now() - start) / 1000;
    await session.dispose();
    // A blocked loop would show one delay as long as the run, and hardly a turn. Not the longest delay: a busy machine
    // takes the processor away now and then.
    expect(seconds).toBeGreaterThan(0.04);
    expect(handedOver).toBeLessThan(seconds * 500);
    expect(delay.percentile(90) / 1e9).toBeLessThan(seconds / 2);
    expect(turns).toBeGreaterThan(10);
  });

  it('it stops when its signal aborts, and the session stays usable', async () => {
    const session = await createSession(join(folder, 'heavy.onnx'));
    const controller = new AbortController();
    const running = session.run({ x: square(256) }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(session.run({ x: square(8) }, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(session.run({ x: square(8) }, { signal: AbortSignal.timeout(10_000) })).resolves.toHaveProperty('y');
    await session.dispose();
  });

  it('runs that wait for their turn abort at once', async () => {
    const session = await createSession(join(folder, 'heavy.onnx'));
    const controllers = Array.from({ length: 40 }, () => new AbortController());
    const many = controllers.map(({ signal }) => session.run({ x: square(256) }, { signal }));
    for (const controller of controllers) controller.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(many);
    expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.message === 'enough')).toBe(
      true,
    );
    await session.dispose();
  });

  it('dispose lets it end, refuses more, and may be repeated', async () => {
    const session = await createSession(heavyModel(100));
    const running = session.run({ x: square(256) });
    const disposing = session.dispose();
    await expect(session.run({ x: square(8) })).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
    await Promise.all([disposing, session.dispose(), session[Symbol.asyncDispose]()]);
    expect(floatsOf((await running).y)).toHaveLength(256 * 256);
  });

  it('its worker thread may be terminated', async () => {
    for (let round = 0; round < 4; round++) {
      const script = `const { parentPort } = await import('node:worker_threads'); ${BUSY("parentPort.postMessage('busy')")}`;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      const start = performance.now();
      await worker.terminate();
      expect(performance.now() - start).toBeLessThan(3000);
    }
  });

  it.each([
    ['process.exit', 'process.exit(7)', 7, null],
    ['an uncaught error', "throw new Error('planned')", 1, null],
    ['SIGTERM', "process.kill(process.pid, 'SIGTERM')", null, 'SIGTERM'],
  ])('the process may end by %s', (_how, then, status, signal) => {
    const start = performance.now();
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', BUSY(then)], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ status: child.status, signal: child.signal }).toEqual({ status, signal });
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('memory', () => {
  it('of feeds is the caller’s when the run is over', () => {
    const script = `
      const { createSession } = await import(${JSON.stringify(SESSION_MODULE)});
      const session = await createSession(process.argv[1], { backend: 'cpu' });
      let collected = false;
      const registry = new FinalizationRegistry(() => (collected = true));
      const run = async () => {
        const data = new Float32Array(1600); // more than is copied in JavaScript
        registry.register(data.buffer);
        await session.run({ x: { type: 'float32', dims: [1, 1600], data } });
      };
      await run();
      for (let i = 0; i < 100 && !collected; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(collected);
      await session.dispose();
    `;
    const args = ['--expose-gc', '--input-type=module', '-e', script, join(folder, 'weights.onnx')];
    const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(child).toMatchObject({ stderr: '', stdout: 'true\n' });
  });

  it('comes back when sessions are disposed of', () => {
    // 10 MB of weights each. What malloc keeps for later use is no leak, so it is told to keep nothing large.
    // Its arenas grow once by some megabytes, sooner or later; a leak grows in every round.
    const script = `
      const { createSession } = await import(${JSON.stringify(SESSION_MODULE)});
      const path = process.argv[1];
      const cycle = async (count) => {
        for (let i = 0; i < count; i++) {
          const session = await createSession(path, { backend: 'cpu' });
          await session.run({ x: { type: 'float32', dims: [1, 1600], data: new Float32Array(1600) } });
          await session.dispose();
        }
        gc();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return process.memoryUsage.rss();
      };
      await cycle(30);
      const sizes = [await cycle(40), await cycle(40), await cycle(40)];
      console.log(Math.min(sizes[1] - sizes[0], sizes[2] - sizes[1]) / 2 ** 20);
    `;
    const child = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script, join(folder, 'weights.onnx')],
      { encoding: 'utf8', env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '131072' } },
    );
    expect(child.stderr).toBe('');
    expect(Number(child.stdout)).toBeLessThan(3);
  });
});
