/** SHA-256 of models and files, on a thread of its own. */

import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { EngineryError } from '../errors.js';
import type { DigestOptions, FileDigest, ModelDigest } from './digest-model.js';
import type { DigestReply, DigestRequest } from './digest-worker.js';
import { readModel } from './read-model.js';

/** Digests with a path or bytes; see {@link digestModel}. */
export async function digest(model: string | Uint8Array, options: DigestOptions = {}): Promise<ModelDigest> {
  const { signal } = options;
  signal?.throwIfAborted();
  const externalFiles = options.externalFiles ?? (await readModel(model)).externalFiles;
  const own = typeof model === 'string' ? await digestFile(model, { signal }) : await digestBytes(model, signal);
  if (externalFiles.length === 0) return { ...own, files: [] };

  const files: (FileDigest & { location: string })[] = [];
  let listing = `${own.sha256}  -\n`;
  let bytes = own.bytes;
  for (const { location, path } of externalFiles) {
    const file = await digestFile(path, { signal });
    files.push({ location, ...file });
    listing += `${file.sha256}  ${location}\n`;
    bytes += file.bytes;
  }
  return { sha256: createHash('sha256').update(listing).digest('hex'), bytes, files };
}

/**
 * Digests a file. The event loop stays free.
 *
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`; the signal's reason.
 */
export async function digestFile(
  path: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<FileDigest> {
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const job = new Job(path, options.signal, () => Atomics.store(cancelled, 0, 1));
  return job.finish((id) => send({ id, kind: 'file', path, cancelled }));
}

/** Starts the thread, so that the first digest does not wait for it. */
export function warmDigest(): void {
  thread();
}

// Copying this much takes a tenth of a millisecond.
const PIECE_BYTES = 1024 * 1024;

async function digestBytes(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<FileDigest> {
  let at = 0;
  const job = new Job('The model', signal, () => send({ id: job.id, kind: 'drop' }));
  const sendPiece = (id: number): void => {
    // A copy, which a Buffer's own slice is not: what is transferred is lost to the sender.
    const piece = new Uint8Array(bytes.subarray(at, at + PIECE_BYTES));
    at += piece.byteLength;
    send({ id, kind: 'piece', piece, last: at >= bytes.byteLength }, [piece.buffer as ArrayBuffer]);
  };
  return job.finish(sendPiece);
}

// The thread holds 10 MB, which a build wants to have back before it comes to its peak.
const IDLE_MS = 400;

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let lastId = 0;
const jobs = new Map<number, Job>();

/** One digest under way. */
class Job {
  readonly id: number = ++lastId;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  readonly #cancel: () => void;
  #next: (id: number) => void = () => {};
  #resolve: (digest: FileDigest) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  readonly #onAbort = (): void => {
    this.#cancel();
    this.fail(this.#signal?.reason);
  };

  constructor(name: string, signal: AbortSignal | undefined, cancel: () => void) {
    this.#name = name;
    this.#signal = signal;
    this.#cancel = cancel;
  }

  /** Starts the job. `next` is called now, and each time the thread asks for more. */
  finish(next: (id: number) => void): Promise<FileDigest> {
    return new Promise((resolve, reject) => {
      this.#signal?.throwIfAborted();
      this.#resolve = resolve;
      this.#reject = reject;
      this.#next = next;
      this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
      jobs.set(this.id, this);
      thread().ref();
      next(this.id);
    });
  }

  take(reply: DigestReply): void {
    if (reply.kind === 'next') {
      try {
        this.#next(this.id);
      } catch (error) {
        this.#cancel();
        this.fail(error);
      }
    } else if (reply.kind === 'done') {
      this.#end();
      this.#resolve({ sha256: reply.sha256, bytes: reply.bytes });
    } else if (reply.kind === 'failed') this.fail(unreadable(this.#name, reply.code, reply.message));
  }

  fail(reason: unknown): void {
    this.#end();
    this.#reject(reason);
  }

  #end(): void {
    jobs.delete(this.id);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (jobs.size === 0) rest();
  }
}

function send(request: DigestRequest, transfer: readonly ArrayBuffer[] = []): void {
  thread().postMessage(request, transfer);
}

/** Work keeps the process alive; an idle thread does not, and is let go after a while. */
function rest(): void {
  worker?.unref();
  idle?.refresh();
  idle ??= setTimeout(() => {
    const resting = worker;
    if (jobs.size > 0 || resting === undefined) return;
    worker = undefined;
    void resting.terminate();
  }, IDLE_MS).unref();
}

function thread(): Worker {
  if (worker !== undefined) return worker;
  // The process's own flags could name loaders that have nothing to do here.
  const started = new Worker(new URL('./digest-worker.js', import.meta.url), { execArgv: [], name: 'enginery digest' });
  worker = started;
  started.on('message', (reply: DigestReply) => jobs.get(reply.id)?.take(reply));
  started.on('error', (cause) => lost(started, cause));
  started.on('exit', (code) => lost(started, new Error(`exit code ${code}`)));
  // Last: listening to messages refs it again.
  started.unref();
  return started;
}

/** The next digest starts another thread. */
function lost(stopped: Worker, cause: unknown): void {
  if (worker !== stopped) return;
  worker = undefined;
  for (const job of [...jobs.values()]) {
    job.fail(new EngineryError('ENGINERY_INTERNAL', 'The thread that computes digests stopped', { cause }));
  }
}

function unreadable(path: string, code: string, message: string): EngineryError {
  const details = { path };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EngineryError('ENGINERY_FILE_NOT_FOUND', `${path} does not exist`, { details });
  }
  return new EngineryError('ENGINERY_FILE_UNREADABLE', `${path} cannot be read: ${message}`, { details });
}
