/** Ctrl-C as an AbortSignal: the first one stops the work in hand, a second one stops the process. */

import { EXIT } from './output.js';

const controller = new AbortController();
let listening = false;

/**
 * The signal to pass to anything that takes long.
 *
 * @returns a signal that aborts on SIGINT and SIGTERM
 */
export function interruptSignal(): AbortSignal {
  if (!listening) {
    listening = true;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt);
  }
  return controller.signal;
}

/** True once the user asked to stop. */
export function interrupted(): boolean {
  return controller.signal.aborted;
}

function interrupt(): void {
  if (controller.signal.aborted) process.exit(EXIT.interrupted);
  controller.abort();
}
