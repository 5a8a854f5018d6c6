import { EngineryError, isErrorCode } from '../errors.js';
import type { NativeBinding, NativeError, NativeEvent, NativeLogLine, NativeProgress } from './binding.js';
import { native } from './load.js';
import { onAbort } from './on-abort.js';

/** How something native is to fail. */
export interface FailureOptions {
  /** Asks the native side to stop; the promise then rejects with the signal's reason, as soon as that side says so. */
  readonly signal?: AbortSignal | undefined;
  /** Turns a native failure into the error to reject with; by default {@link toEngineryError}. */
  readonly toError?: ((error: NativeError) => Error) | undefined;
}

/** What a caller of {@link call} may want to know before the end. */
export interface CallOptions extends FailureOptions {
  onProgress?: ((progress: NativeProgress) => void) | undefined;
  onLog?: ((line: NativeLogLine) => void) | undefined;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  options: CallOptions;
}

const pending = new Map<number, Pending>();
const listeners = new Map<number, (line: NativeLogLine) => void>();
let lastId = 0;
let connected: NativeBinding | undefined;

/**
 * One long call into the addon, as a promise. Promises live here and not in native code, which knows only the call's id.
 *
 * @example
 * ```ts
 * const info = await call<NativeLibraryInfo>((addon, id) => addon.openLibrary(id, path));
 * ```
 */
export function call<T>(start: (addon: NativeBinding, id: number) => void, options: CallOptions = {}): Promise<T> {
  const { signal } = options;
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const addon = connect();
    const id = nextId();
    let stopListening = (): void => {};
    pending.set(id, {
      resolve: (value) => {
        stopListening();
        resolve(value as T);
      },
      reject: (error) => {
        stopListening();
        reject(error);
      },
      options,
    });
    try {
      start(addon, id);
    } catch (error) {
      pending.delete(id);
      throw error;
    }
    stopListening = onAbort(signal, () => addon.cancel(id));
  });
}

/**
 * Takes log lines of what outlives the call that makes it, such as a session, until stopped. Keeps no process alive.
 *
 * @returns the id to have them sent to
 */
export function listen(onLog: (line: NativeLogLine) => void): { readonly id: number; stop(): void } {
  const id = nextId();
  listeners.set(id, onLog);
  return { id, stop: () => listeners.delete(id) };
}

/** One that nobody has: they come round again, and sessions live long. */
function nextId(): number {
  do lastId = (lastId % (2 ** 32 - 1)) + 1;
  while (pending.has(lastId) || listeners.has(lastId));
  return lastId;
}

/** A native failure as the error users see. */
export function toEngineryError(error: NativeError): EngineryError {
  const known = isErrorCode(error.code);
  return new EngineryError(known ? error.code : 'ENGINERY_INTERNAL', error.message, {
    details: {
      ...(error.subject === undefined ? {} : { subject: error.subject }),
      ...(error.errno === undefined ? {} : { errno: error.errno }),
      ...(error.log?.length ? { log: error.log } : {}),
      ...(error.parserErrors?.length ? { parserErrors: error.parserErrors } : {}),
      ...(error.weights?.length ? { weights: error.weights } : {}),
    },
  });
}

/** The addon, ready for calls of this environment. */
export function connect(): NativeBinding {
  if (connected === undefined) {
    const addon = native();
    addon.connect(settle);
    process.once('exit', () => addon.prepareForExit());
    connected = addon;
  }
  return connected;
}

let takeRuns: () => void = () => {};

/** Says what fetches the results of runs when the addon says that there are some; see runs.ts. */
export function onWake(take: () => void): void {
  takeRuns = take;
}

/** Called by the addon on this thread. A listener that throws is reported as uncaught, and disturbs no other call. */
function settle(events: readonly NativeEvent[]): void {
  takeRuns();
  for (const event of events) {
    try {
      const entry = pending.get(event.id);
      if (entry !== undefined) deliver(event, entry);
      else if (event.kind === 'log') listeners.get(event.id)?.(event.value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function deliver(event: NativeEvent, { resolve, reject, options }: Pending): void {
  switch (event.kind) {
    case 'progress':
      options.onProgress?.(event.value);
      break;
    case 'log':
      options.onLog?.(event.value);
      break;
    case 'done':
      pending.delete(event.id);
      resolve(event.value);
      break;
    case 'failed':
      pending.delete(event.id);
      reject(reasonOf(event.error, options));
      break;
  }
}

/** What to reject with for a native failure. */
export function reasonOf(error: NativeError, { signal, toError = toEngineryError }: FailureOptions): unknown {
  if (error.code === 'CANCELLED') return signal?.reason ?? new DOMException(error.message, 'AbortError');
  try {
    return toError(error);
  } catch (mistake) {
    return mistake; // a promise that hangs would hide it
  }
}
