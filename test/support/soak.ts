/** What the soak's tests share: how much of it is done, the seed, and the process that is measured. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from './commands.js';

/** The part of the whole soak that is done, above 0 and at most 1: `ENGINERY_SOAK_SHARE`. */
export const SHARE: number = numberOf('ENGINERY_SOAK_SHARE', 1, (share) => share > 0 && share <= 1);

/** What all random choices follow from: `ENGINERY_SOAK_SEED`, else another each time. */
export const SEED: number = numberOf('ENGINERY_SOAK_SEED', Math.floor(Math.random() * 1e9), Number.isInteger);

function numberOf(variable: string, otherwise: number, isRight: (value: number) => boolean): number {
  const text = process.env[variable];
  const value = text === undefined ? otherwise : Number(text);
  if (!isRight(value)) throw new Error(`${variable}=${text} is not a number that fits`);
  return value;
}

/**
 * Runs a script of test/soak with a task in a process of its own, and gives what it sends back. Only there memory says
 * something: vitest's own process grows as it likes. The script may call `gc()`; what it prints is seen at once.
 *
 * Two things that grow and are no leak are kept still. Once glibc has freed a large block it takes such blocks from its heap, and
 * keeps what is freed there: with weights of 10 MB, resident memory goes up and down by 50 MB. A threshold that is set
 * stays. And V8 enlarges its young generation now and then, by 4 MB and more.
 */
export async function inProcess<Result>(script: string, task: object): Promise<Result> {
  const child = fork(join(ROOT, 'test/soak', script), {
    execArgv: ['--expose-gc', '--max-semi-space-size=1'],
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '131072' },
    serialization: 'advanced',
    stdio: 'inherit',
  });
  let result: Result | undefined;
  child.on('message', (message) => {
    result = message as Result;
  });
  child.send(task);
  const [status, signal] = await once(child, 'exit');
  if (status !== 0 || result === undefined) throw new Error(`${script} ended with ${status ?? signal}, see above`);
  return result;
}

/** Bytes as megabytes (2^20), to a tenth. */
export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** Rows of a name and a value, one below the other. */
export const table = (rows: Readonly<Record<string, string | number>>): string =>
  Object.entries(rows)
    .map(([name, value]) => `  ${name.padEnd(34)} ${value.toLocaleString('en').padStart(12)}`)
    .join('\n');
