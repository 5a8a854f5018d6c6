/** Sessions on machines with emulated GPUs, each in a process of its own. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Profile } from '../../dist/engine/profile.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { output, ROOT } from './commands.js';
import { type EmulatedMachine, emulatedMachine } from './emulator.js';
import { temporaryFolder } from './temporary.js';

export const DIGITS: string = join(ROOT, 'examples/digits/digits.onnx');
const INDEX = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
export const PROFILES: readonly Profile[] = [
  { image: { min: [1, 1, 28, 28], opt: [4, 1, 28, 28], max: [8, 1, 28, 28] } },
];

/** A machine in a folder of its own. */
export const machineWith = async (settings = '', families?: readonly Family[]): Promise<EmulatedMachine> =>
  emulatedMachine(await temporaryFolder(), settings, families);

/** Opens a session, runs it once with two images, and says how it went. */
const SCRIPT = `
  const { createSession } = await import(${INDEX});
  const [model, options] = process.argv.slice(1);
  const warnings = [];
  process.on('warning', ({ name, message }) => warnings.push(name + ': ' + message));
  try {
    const session = await createSession(model, JSON.parse(options));
    const { logits } = await session.run({ type: 'float32', dims: [2, 1, 28, 28], data: new Float32Array(2 * 784).fill(0.5) });
    const { backend, inputs } = session;
    await session.dispose();
    await new Promise(setImmediate);
    console.log(JSON.stringify({ backend, inputs, warnings, logits: Array.from(logits.data) }));
  } catch ({ code, message, hint, details }) {
    console.log(JSON.stringify({ code, message, hint, reasons: details?.reasons }));
  }`;

/** How it went. */
export interface Outcome {
  readonly backend: Record<string, unknown>;
  readonly logits: readonly number[];
}

/** Opens and runs a model or engine in a process of that machine's. */
export async function session({ env }: EmulatedMachine, model: string, options: object = {}): Promise<Outcome> {
  const args = ['--input-type=module', '-e', SCRIPT, model, JSON.stringify(options)];
  return JSON.parse(await output(process.execPath, args, { env: { ...process.env, ENGINERY_BACKEND: '', ...env } }));
}

/** Builds an engine of the digits beside a copy of their model. */
export async function engineFile({ env, folder }: EmulatedMachine, ...flags: readonly string[]): Promise<string> {
  const [model, engine] = [join(folder, 'digits.onnx'), join(folder, 'digits.engine')];
  await copyFile(DIGITS, model);
  const shapes = (['min', 'opt', 'max'] as const).map((bound, i) => `--${bound}Shapes=image:${[1, 4, 8][i]}x1x28x28`);
  const args = ['dist/cli/main.js', 'build', model, '-o', engine, ...shapes, ...flags];
  await output(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  return engine;
}
