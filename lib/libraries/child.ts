import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.js';

/** How a child process ended: with an answer, or killed by what it was asked to try. */
export type ChildOutcome<T> = { readonly answer: T } | { readonly answer?: never; readonly reason: string };

/**
 * Runs a module of ours in a Node process of its own and waits for the one message it sends: for code of other people that
 * may crash or hang. Never rejects.
 */
export function askChild<T>(module: string, args: readonly string[], timeoutMs: number): Promise<ChildOutcome<T>> {
  return new Promise((resolve) => {
    let answer: { value: T } | undefined;
    let timedOut = false;
    // No arguments for Node from this process: --inspect, say, would claim the same port.
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), args, {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.once('message', (message) => {
      answer = { value: message as T };
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ reason: `the child process could not be started: ${messageOf(error)}` });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (answer !== undefined) resolve({ answer: answer.value });
      else if (timedOut) resolve({ reason: `no answer within ${timeoutMs / 1000} s` });
      else resolve({ reason: signal === null ? `the process ended with exit code ${code}` : `it crashed (${signal})` });
    });
  });
}

/** The child's side of {@link askChild}: sends the answer and ends, also when the parent is gone. */
export async function answerParent<T>(work: () => Promise<T>): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const answer = await work();
  process.send?.(answer, undefined, undefined, () => process.exit(0));
}
