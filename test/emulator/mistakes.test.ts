// @module-tag choice
/** GPUs and options that are not there: told before an engine is built, and no reason to run on the CPU instead. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../dist/libraries/verdict.js';
import { DIGITS, engineFile, machineWith, PROFILES, session } from '../support/emulated-session.js';
import { emulatedLibrary } from '../support/emulator.js';

describe('a GPU that is asked for', () => {
  it.each([['auto'], ['gpu'], [['tensorrt-rtx', 'onnxruntime']]])('is there, or an error with %j', async (backend) => {
    const machine = await machineWith('', ['rtx', 'ent11']);
    expect(await session(machine, DIGITS, { backend, device: 5 })).toMatchObject({
      code: 'ENGINERY_DEVICE_UNAVAILABLE',
      message: 'There is no GPU 5: the driver reports GPUs 0 to 1',
    });
  });

  it('is left to TensorRT-RTX where TensorRT cannot build for it, or to the CPU', async () => {
    const options = { device: 1, engine: { profiles: PROFILES } };
    const reason = {
      backend: 'tensorrt',
      code: 'ENGINERY_DEVICE_UNSUPPORTED',
      message: expect.stringContaining('GPU 1 is another kind'),
    };
    expect((await session(await machineWith('', ['rtx', 'ent10']), DIGITS, options)).backend).toMatchObject({
      name: 'tensorrt-rtx',
      device: { index: 1 },
      reasons: [reason],
    });
    const alone = await machineWith('', ['ent10']);
    expect((await session(alone, DIGITS, options)).backend).toMatchObject({
      name: 'onnxruntime',
      reasons: [reason, {}],
    });
    expect(await session(alone, DIGITS, { ...options, backend: 'tensorrt' })).toMatchObject({ code: reason.code });
  });
});

describe('options that the backend does not have', () => {
  const OPTIONS: readonly [Family, object, RegExp, string][] = [
    ['rtx', { onnxruntime: {} }, /^onnxruntime: only onnxruntime-native/, "backend: 'cpu'"],
    ['ent11', { tensorrt: { specializationStrategy: 'eager' } }, /specializationStrategy/, "backend: 'tensorrt-rtx'"],
    ['rtx', { tensorrt: { weightStreamingBudget: 0 } }, /TensorRT-RTX does not stream/, "backend: 'tensorrt'"],
    ['ent11', { tensorrt: { weightStreamingBudget: 0 } }, /build it with weightStreaming/, 'weightStreaming: true'],
  ];
  it.each(OPTIONS)('of %s are errors before an engine is built: %j', async (family, options, message, hint) => {
    const machine = await machineWith('', [family]);
    const refused = { code: 'ENGINERY_OPTION_UNSUPPORTED', message: expect.stringMatching(message) };
    for (const backend of ['auto', family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt']) {
      const error = await session(machine, DIGITS, { ...options, backend, engine: { profiles: PROFILES } });
      expect(error).toMatchObject({ ...refused, hint: expect.stringContaining(hint) });
    }
    expect(await readdir(join(machine.env.XDG_CACHE_HOME as string, 'enginery/engines')).catch(() => [])).toEqual([]);
    const engine = await engineFile(machine, `--library=${emulatedLibrary(family)}`);
    expect(await session(machine, engine, options)).toMatchObject(refused);
  });

  it('are left to the other product, where that has them', async () => {
    const machine = await machineWith('', ['rtx', 'ent11']);
    const options = { tensorrt: { specializationStrategy: 'eager' }, engine: { profiles: PROFILES } };
    expect((await session(machine, DIGITS, options)).backend).toMatchObject({
      name: 'tensorrt-rtx',
      reasons: [{ backend: 'tensorrt', code: 'ENGINERY_OPTION_UNSUPPORTED' }],
    });
  });

  it('are no errors where there is no GPU', async () => {
    const machine = await machineWith('devices 0');
    const options = { onnxruntime: {}, tensorrt: { weightStreamingBudget: 0 } };
    expect((await session(machine, DIGITS, options)).backend).toMatchObject({ name: 'onnxruntime' });
  });
});
