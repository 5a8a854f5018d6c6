import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** Null where it was killed by a signal. */
  readonly code: number | null;
  /** Standard output and error together, the last 64 KiB. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: ((text: string) => void) | undefined;
}

const KEPT = 64 * 1024;

/**
 * Runs a program to its end. Rejects where it cannot be started (`ENOENT`) and, once it is gone, with the signal's reason
 * where it was aborted.
 */
export function runProgram(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env ?? process.env });
    const abort = (): void => {
      // Not SIGTERM: pip would spend its time on cleaning a folder that is about to be deleted.
      child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', abort, { once: true });
    let output = '';
    const take = (text: string): void => {
      output = (output + text).slice(-KEPT);
      options.onOutput?.(text);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    });
    child.once('close', (code) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, output });
    });
  });
}
