/** The emulator's own interface, native/emulator/control.h, in the process of a test. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { inject } from 'vitest';

const MOST_MS = 10_000;

/**
 * What still lives on the emulated devices of this process ("context 1, stream 2"), once nothing references what only the
 * garbage collector frees. Threads of ours give memory back some moments after the last promise.
 */
export async function leftOnDevices(): Promise<string> {
  const control: { live(): string } = createRequire(import.meta.url)(join(inject('emulator'), 'control.node'));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const end = performance.now() + MOST_MS;
  while (control.live() !== '' && performance.now() < end) {
    collect();
    await sleep(20);
  }
  return control.live();
}
