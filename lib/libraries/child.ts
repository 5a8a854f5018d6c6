import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.js';

/** How a child process ended: with an answer, or killed by what it was asked to try; `reason` has its last words. */
export type ChildOutcome<T> = { readonly answer: T } | { readonly answer?: never; readonly reason: string };

/** Of what the child printed. */
const MOST_OUTPUT = 4096;

/**
 * Runs a module of ours in a Node process of its own and waits for the one message it sends: for code of other people that
 * may crash or hang. Never rejects.
 */
export function askChild<T>(module: string, args: readonly string[], timeoutMs: number): Promise<ChildOutcome<T>> {
  return new Promise((resolve) => {
    let answer: { value: T } | undefined;
    let timedOut = false;
    let printed = '';
    // No arguments for Node from this process: --inspect, say, would claim the same port.
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), args, {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
      child.stderr?.destroy(); // processes that it started may hold it open
    }, timeoutMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-MOST_OUTPUT);
    });
    child.once('message', (message) => {
      answer = { value: message as T };
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ reason: `the child process could not be started: ${messageOf(error)}` });
    });
    child.once('exit', () => {
      if (answer !== undefined) child.stderr?.destroy(); // likewise
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (answer !== undefined) return resolve({ answer: answer.value });
      const ended = signal === null ? `the process ended with exit code ${code}` : `it crashed (${signal})`;
      const how = timedOut ? `no answer within ${timeoutMs / 1000} s` : ended;
      resolve({ reason: [how, printed.trim()].filter(Boolean).join(': ') });
    });
  });
}

/** The child's side of {@link askChild}: sends the answer and ends, also when the parent is gone. */
export async function answerParent<T>(work: () => Promise<T>): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const answer = await work();
  process.send?.(answer, undefined, undefined, () => process.exit(0));
}
