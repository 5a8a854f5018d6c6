// @module-tag log
/** TensorRT's log, of each session to its own listener. */
import { expect, it } from 'vitest';
import { createSession, type LogLine } from '../../dist/index.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { emulatedLibrary, machineOfThisFile } from '../support/emulator.js';

machineOfThisFile();

const PROFILES = [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] } }];

/** The lines of opening a session and of disposing of it. */
async function linesOf(family: Family, logSeverity?: LogLine['severity']): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const session = await createSession('examples/digits/digits.onnx', {
    backend: family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt',
    engine: { library: emulatedLibrary(family), profiles: PROFILES },
    logSeverity,
    onLog: (line) => lines.push(line),
  });
  await session.dispose();
  return lines;
}

it.each(['rtx', 'ent11', 'ent10'] as const)('%s tells a session what it asks for, and nobody else', async (family) => {
  await linesOf(family); // builds the engine, which is a log of its own
  const [none, some, all] = await Promise.all([linesOf(family), linesOf(family, 'info'), linesOf(family, 'verbose')]);
  const loaded = { severity: 'info', message: 'Loaded engine size: 0 MiB' };
  expect(none).toEqual([]);
  expect(some).toEqual([loaded]);
  expect(all).toEqual([loaded, { severity: 'verbose', message: expect.stringMatching(/^Deserialized \d+ bytes$/) }]);
});
