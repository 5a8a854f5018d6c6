// @module-tag log
/** ONNX Runtime's log, of each session to its own listener. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { attachSession, createSession, type LogLine, type SessionHandle, Tensor } from '../../dist/index.js';
import { command } from '../support/commands.js';
import { node } from '../support/onnx-writer.js';
import { one, small, whole } from '../support/small-models.js';

const INDEX = new URL('../../dist/index.js', import.meta.url).href;

/** ONNX Runtime remarks on every run that does not give three rows. */
const REMARKABLE = one('Identity', {}, { inputs: { x: ['float32', ['n', 2]] }, outputs: { y: ['float32', [3, 2]] } });
const REMARK: LogLine = {
  severity: 'warning',
  message: 'Expected shape from model of {3,2} does not match actual shape of {1,2} for output y',
};
/** Fails wherever x has not three elements. */
const RESHAPE = small([node('Reshape', ['x', 'three'], ['y'])], {
  inputs: { x: ['float32', ['n', 2]] },
  weights: { three: whole(3), unused: whole(1) },
});
const x = new Tensor('float32', new Float32Array(2), [1, 2]);

/** Runs a script that has createSession, attachSession, and these models and feed. */
function script(body: string): ReturnType<typeof command> {
  return command(process.execPath, ['--input-type=module', '-e', prelude(body)]);
}

function prelude(body: string): string {
  const bytes = (model: Buffer): string => `Buffer.from('${model.toString('base64')}', 'base64')`;
  return `
    import { attachSession, createSession } from ${JSON.stringify(INDEX)};
    const REMARKABLE = ${bytes(REMARKABLE)}, RESHAPE = ${bytes(RESHAPE)};
    const x = { type: 'float32', dims: [1, 2], data: new Float32Array(2) };
    ${body}`;
}

async function logging(model: Buffer, logSeverity?: LogLine['severity']) {
  const lines: LogLine[] = [];
  const session = await createSession(model, { backend: 'cpu', onLog: (line) => lines.push(line), logSeverity });
  return { session, lines };
}

describe('the log of a session', () => {
  it('tells of loading and of runs, to its own listener alone, until it is disposed of', async () => {
    const [loud, quiet] = [await logging(RESHAPE), await logging(REMARKABLE)];
    const removed = expect.stringContaining("Removing initializer 'unused'");
    expect(loud.lines).toEqual([{ severity: 'warning', message: removed }]);
    expect(quiet.lines).toEqual([]);
    await quiet.session.run(x);
    await quiet.session.run(x);
    expect(quiet.lines).toEqual([REMARK, REMARK]);
    const twin = await attachSession(quiet.session.handle);
    await twin.run(x);
    expect(quiet.lines).toHaveLength(3);
    await quiet.session.dispose();
    await twin.run(x);
    expect(quiet.lines).toHaveLength(3);
    await twin.dispose();
    await loud.session.dispose();
    expect(loud.lines).toHaveLength(1);
  });

  it('has the lines that logSeverity asks for', async () => {
    const severities = async (logSeverity: LogLine['severity']): Promise<Set<string>> => {
      const { session, lines } = await logging(RESHAPE, logSeverity);
      await session.dispose();
      return new Set(lines.map(({ severity }) => severity));
    };
    expect(await severities('error')).toEqual(new Set());
    expect(await severities('warning')).toEqual(new Set(['warning']));
    expect(await severities('info')).toEqual(new Set(['warning', 'info']));
    expect(await severities('verbose')).toEqual(new Set(['warning', 'info', 'verbose']));
  });

  it('is in the details of a failure, with and without a listener', async () => {
    const { session, lines } = await logging(RESHAPE);
    const deaf = await createSession(RESHAPE, { backend: 'cpu' });
    const log = [{ severity: 'error', message: expect.stringContaining('Reshape') }];
    for (const it of [session, deaf]) {
      await expect(it.run(x)).rejects.toMatchObject({ code: 'ENGINERY_RUN_FAILED', details: { log } });
      await it.dispose();
    }
    expect(lines.slice(1)).toEqual(log);
  });

  it('is in the details of a model that does not load', async () => {
    const typed = ['bfloat16', [2]] as const;
    const [inputs, outputs] = [{ x: typed }, { y: typed }];
    const model = small([node('Add', ['x', 'x'], ['y'])], { inputs, outputs, weights: { unused: whole(1) } });
    await expect(createSession(model, { backend: 'cpu' })).rejects.toMatchObject({
      message: expect.stringContaining('Could not find an implementation for Add'),
      details: { log: [{ severity: 'warning', message: expect.stringContaining("Removing initializer 'unused'") }] },
    });
  });

  it('is not printed', async () => {
    const body = (options: string): string => `
      const models = [await createSession(REMARKABLE, ${options}), await createSession(RESHAPE, ${options})];
      await models[0].run(x);
      await models[1].run(x).catch(() => {});`;
    for (const options of ["{ backend: 'cpu' }", "{ backend: 'cpu', onLog() {}, logSeverity: 'verbose' }"]) {
      // Nor does a session that nobody disposed of keep the process alive.
      expect(await script(body(options))).toMatchObject({ status: 0, stdout: '', stderr: '' });
    }
  });

  it('goes on where a listener throws, which is an uncaught exception', async () => {
    const { status, stdout, stderr } = await script(`
      const uncaught = [];
      process.on('uncaughtException', ({ message }) => uncaught.push(message));
      const onLog = () => { throw new Error('planned'); };
      const session = await createSession(REMARKABLE, { backend: 'cpu', onLog });
      const results = await Promise.all([session.run(x), session.run(x)]);
      await session.dispose();
      console.log(JSON.stringify([results.map(({ y }) => y.dims), uncaught]));`);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
      ['planned', 'planned'],
    ]);
  });

  it('comes from other threads to the thread that made the session, and nowhere once that has ended', async () => {
    const body = prelude(`
      import { parentPort } from 'node:worker_threads';
      const onLog = (line) => parentPort.postMessage(line);
      const session = await createSession(REMARKABLE, { backend: 'cpu', onLog });
      parentPort.postMessage(session.handle);
      parentPort.on('message', () => {});`);
    const maker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`));
    const [handle] = (await once(maker, 'message')) as [SessionHandle];
    const session = await attachSession(handle);
    const [[line]] = await Promise.all([once(maker, 'message'), session.run(x)]);
    expect(line).toEqual(REMARK);
    const runs = Array.from({ length: 50 }, () => session.run(x));
    await maker.terminate();
    await Promise.all(runs);
    await expect(session.run(x)).resolves.toHaveProperty('y');
    await session.dispose();
  });

  it('keeps no session that nobody has', async () => {
    const { status, stdout, stderr } = await command(process.execPath, [
      '--expose-gc',
      '--input-type=module',
      '-e',
      prelude(`
        const collected = new FinalizationRegistry(() => { console.log('collected'); process.exit(); });
        collected.register(await createSession(REMARKABLE, { backend: 'cpu', onLog() {} }));
        for (let i = 0; i < 500; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }`),
    ]);
    expect(stdout, stderr).toBe('collected\n');
    expect(status).toBe(0);
  });

  it.each<[string, object, string, RegExp]>([
    ['no function', { onLog: 'console' }, 'ENGINERY_INVALID_ARGUMENT', /onLog/],
    ['a severity for nobody', { logSeverity: 'info' }, 'ENGINERY_INVALID_OPTION', /goes with onLog/],
    ['an unknown severity', { onLog() {}, logSeverity: 'loud' }, 'ENGINERY_INVALID_OPTION', /loud.*info, verbose/],
    ['the worker', { onLog() {}, backend: 'onnxruntime-worker' }, 'ENGINERY_OPTION_UNSUPPORTED', /^onLog/],
  ])('is refused with %s', async (_what, options, code, message) => {
    const error = await createSession(REMARKABLE, { backend: 'cpu', ...options }).catch((reason) => reason);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });
});
