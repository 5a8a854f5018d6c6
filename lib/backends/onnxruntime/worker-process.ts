/** One worker process and its queue. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineryError, type ErrorCode, messageOf } from '../../errors.js';
import { onAbort } from '../../native/on-abort.js';
import type { SessionQueue } from '../backend-session.js';
import type { WorkerReply, WorkerRequest } from './worker-child.js';

/** An answer that is no failure. */
export interface WorkerAnswer {
  readonly reply: Exclude<WorkerReply, { kind: 'failed' }>;
  /** Milliseconds from the request to when it was sent. */
  readonly queueMs: number;
  /** Milliseconds from there to the answer, the way to the process and back included. */
  readonly computeMs: number;
}

interface Job {
  readonly request: WorkerRequest;
  readonly asked: number;
  begun: number;
  /** Nobody waits for the answer any more: it was given, or the job was aborted. */
  settled: boolean;
  settle(outcome: { readonly answer: WorkerAnswer } | { readonly error: unknown }): void;
}

const CHILD = fileURLToPath(new URL('./worker-child.js', import.meta.url));

// A run that nobody waits for would go on to its end.
const processes = new Set<ChildProcess>();
const endAll = (): void => {
  for (const child of processes) child.kill('SIGKILL');
};

/**
 * A process that answers one request at a time, first come first served. It keeps this process alive only while somebody waits
 * for an answer, and ends with it.
 *
 * A process, and not a thread: where a thread is stopped during a run, as at `process.exit`, `onnxruntime-node` aborts the whole
 * process; and so it does over an output that it cannot convert. What goes to the process and comes back is copied, which takes
 * this thread about 1 ms per MB.
 */
export class WorkerProcess {
  readonly #maxQueue: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting: Job[] = [];
  #current: Job | undefined;
  #closing = false;
  #lost: string | undefined;

  constructor(maxQueue: number) {
    this.#maxQueue = maxQueue;
    // The process's own flags could name loaders that have nothing to do here.
    this.#child = fork(CHILD, [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    if (processes.size === 0) process.on('exit', endAll);
    processes.add(this.#child);
    this.#ended = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#end(how);
        resolve();
      };
      this.#child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
      this.#child.on('error', (error) => ended(messageOf(error)));
    });
    this.#child.on('message', (reply) => this.#take(reply as WorkerReply));
    this.#update();
  }

  /**
   * Sends a request when its turn comes.
   *
   * @throws EngineryError `ENGINERY_BUSY`; `ENGINERY_SESSION_FAILED` or `ENGINERY_RUN_FAILED` where the process has ended; what the
   * process says; the signal's reason, at once, though the process goes on to the end of what it has begun.
   */
  ask(request: WorkerRequest, signal: AbortSignal | undefined): Promise<WorkerAnswer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#lost !== undefined) throw lost(this.#lost, request);
      if (this.#current !== undefined && this.#waiting.length >= this.#maxQueue) {
        const message = `1 run is under way and ${this.#waiting.length} wait: the session takes no more.`;
        throw new EngineryError('ENGINERY_BUSY', message);
      }
      const job: Job = {
        request,
        asked: performance.now(),
        begun: 0,
        settled: false,
        settle(outcome) {
          if (this.settled) return;
          this.settled = true;
          stopListening();
          if ('answer' in outcome) resolve(outcome.answer);
          else reject(outcome.error);
        },
      };
      const stopListening = onAbort(signal, () => this.#withdraw(job, signal?.reason));
      this.#waiting.push(job);
      if (this.#current === undefined) this.#next();
    });
  }

  get queue(): SessionQueue {
    return { waiting: this.#waiting.length, busy: this.#current !== undefined };
  }

  /** Rejects all requests with an AbortError. */
  cancel(): void {
    this.#rejectAll(() => new DOMException('The session was closed', 'AbortError'));
    this.#update();
  }

  /** Ends the process once the requests so far are answered. */
  close(): Promise<void> {
    this.#closing = true;
    this.#update();
    return this.#ended;
  }

  #next(): void {
    const job = this.#waiting.shift();
    this.#current = job;
    if (job !== undefined) {
      job.begun = performance.now();
      try {
        // Copies before it returns.
        this.#child.send(job.request);
      } catch (error) {
        job.settle({ error: new EngineryError(failureCode(job.request), messageOf(error), { cause: error }) });
        this.#next();
        return;
      }
    }
    this.#update();
  }

  #take(reply: WorkerReply): void {
    const job = this.#current;
    this.#next();
    if (job === undefined) return;
    const queueMs = job.begun - job.asked;
    const computeMs = performance.now() - job.begun;
    if (reply.kind === 'failed') {
      const { code, message, hint } = reply;
      job.settle({ error: new EngineryError(code, message, { hint }) });
    } else job.settle({ answer: { reply, queueMs, computeMs } });
  }

  #withdraw(job: Job, reason: unknown): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    job.settle({ error: reason });
    this.#update();
  }

  #end(how: string): void {
    this.#lost ??= how;
    processes.delete(this.#child);
    if (processes.size === 0) process.off('exit', endAll);
    this.#rejectAll(({ request }) => lost(how, request));
  }

  #rejectAll(errorOf: (job: Job) => unknown): void {
    for (const job of [this.#current, ...this.#waiting.splice(0)]) job?.settle({ error: errorOf(job) });
  }

  /** After each change: who waits keeps the process, and when nobody does it may go. */
  #update(): void {
    const awaited = this.#waiting.length > 0 || this.#current?.settled === false;
    if (this.#closing && !awaited) this.#child.kill('SIGKILL');
    // Whoever waits for the end waits for an answer too.
    for (const handle of [this.#child, this.#child.channel]) {
      if (awaited || this.#closing) handle?.ref();
      else handle?.unref();
    }
  }
}

function lost(how: string, request: WorkerRequest): EngineryError {
  return new EngineryError(failureCode(request), `The process that runs the model has ended: ${how}`, {
    hint: 'Make a new session.',
  });
}

function failureCode({ kind }: WorkerRequest): ErrorCode {
  return kind === 'open' ? 'ENGINERY_SESSION_FAILED' : 'ENGINERY_RUN_FAILED';
}
