/**
 * Every error this package raises, in one place: its code, what it means, and what to do next.
 *
 * A code is stable across releases; a message is for people and may change.
 */

interface ErrorEntry {
  /** HTTP status a server answers with when this error reaches it. */
  readonly status: number;
  /** What the user can do, where that does not depend on the occasion. */
  readonly hint?: string;
}

/** The stable code of an {@link EngineryError}. */
export type ErrorCode =
  | 'ENGINERY_INVALID_ARGUMENT'
  | 'ENGINERY_INVALID_OPTION'
  | 'ENGINERY_OPTION_UNSUPPORTED'
  | 'ENGINERY_OPTION_REFUSED'
  | 'ENGINERY_INVALID_PROFILE'
  | 'ENGINERY_PRECISION_MISMATCH'
  | 'ENGINERY_INVALID_FEED'
  | 'ENGINERY_FILE_NOT_FOUND'
  | 'ENGINERY_FILE_UNREADABLE'
  | 'ENGINERY_OUTPUT_UNWRITABLE'
  | 'ENGINERY_DISK_FULL'
  | 'ENGINERY_INVALID_MODEL'
  | 'ENGINERY_MODEL_TOO_LARGE'
  | 'ENGINERY_EXTERNAL_DATA'
  | 'ENGINERY_MODEL_CHANGED'
  | 'ENGINERY_INVALID_PLAN'
  | 'ENGINERY_UNTRUSTED_PLAN'
  | 'ENGINERY_ENGINE_MISMATCH'
  | 'ENGINERY_INVALID_MANIFEST'
  | 'ENGINERY_INVALID_IMAGE'
  | 'ENGINERY_NATIVE_UNAVAILABLE'
  | 'ENGINERY_LIBRARY_NOT_FOUND'
  | 'ENGINERY_LIBRARY_UNUSABLE'
  | 'ENGINERY_LIBRARY_UNSUPPORTED'
  | 'ENGINERY_DEVICE_UNAVAILABLE'
  | 'ENGINERY_DEVICE_UNSUPPORTED'
  | 'ENGINERY_BACKEND_UNAVAILABLE'
  | 'ENGINERY_DEPENDENCY_MISSING'
  | 'ENGINERY_SETUP_FAILED'
  | 'ENGINERY_PARSE_FAILED'
  | 'ENGINERY_BUILD_FAILED'
  | 'ENGINERY_BUILD_CRASHED'
  | 'ENGINERY_GPU_REQUIRED'
  | 'ENGINERY_SESSION_FAILED'
  | 'ENGINERY_RUN_FAILED'
  | 'ENGINERY_REFIT_FAILED'
  | 'ENGINERY_DEVICE_LOST'
  | 'ENGINERY_DEVICE_MEMORY'
  | 'ENGINERY_BUSY'
  | 'ENGINERY_NOT_BORROWABLE'
  | 'ENGINERY_DISPOSED'
  | 'ENGINERY_INTERNAL';

const REGISTRY: Readonly<Record<ErrorCode, ErrorEntry>> = {
  // The caller's arguments.
  ENGINERY_INVALID_ARGUMENT: { status: 400 },
  ENGINERY_INVALID_OPTION: { status: 400 },
  ENGINERY_OPTION_UNSUPPORTED: { status: 400 },
  ENGINERY_OPTION_REFUSED: { status: 400 },
  ENGINERY_INVALID_PROFILE: { status: 400 },
  ENGINERY_PRECISION_MISMATCH: { status: 400 },
  ENGINERY_INVALID_FEED: { status: 400 },

  // Files.
  ENGINERY_FILE_NOT_FOUND: { status: 404 },
  ENGINERY_FILE_UNREADABLE: { status: 500 },
  ENGINERY_OUTPUT_UNWRITABLE: { status: 500 },
  ENGINERY_DISK_FULL: { status: 507, hint: 'Free some space, or choose another folder.' },

  // Models, plans, manifests.
  ENGINERY_INVALID_MODEL: { status: 400, hint: 'Export the model again, and check it with onnx.checker.' },
  ENGINERY_MODEL_TOO_LARGE: { status: 413 },
  ENGINERY_EXTERNAL_DATA: { status: 400 },
  ENGINERY_MODEL_CHANGED: { status: 409, hint: 'Build the engine again, or bring the model back.' },
  ENGINERY_INVALID_PLAN: { status: 400 },
  ENGINERY_UNTRUSTED_PLAN: {
    status: 403,
    hint: 'A plan can hold code. Where you know its origin, pass trust: true (--trust-plans).',
  },
  ENGINERY_ENGINE_MISMATCH: { status: 409, hint: 'Build the engine again, on or for this machine.' },
  ENGINERY_INVALID_MANIFEST: { status: 400 },
  ENGINERY_INVALID_IMAGE: { status: 400 },

  // Libraries and devices.
  ENGINERY_NATIVE_UNAVAILABLE: { status: 501 },
  ENGINERY_LIBRARY_NOT_FOUND: { status: 501 },
  ENGINERY_LIBRARY_UNUSABLE: { status: 501 },
  ENGINERY_LIBRARY_UNSUPPORTED: { status: 501 },
  ENGINERY_DEVICE_UNAVAILABLE: { status: 501 },
  ENGINERY_DEVICE_UNSUPPORTED: { status: 501 },
  ENGINERY_BACKEND_UNAVAILABLE: { status: 501 },
  ENGINERY_DEPENDENCY_MISSING: { status: 501 },
  ENGINERY_SETUP_FAILED: { status: 500 },

  // Building and running.
  ENGINERY_PARSE_FAILED: { status: 400 },
  ENGINERY_BUILD_FAILED: { status: 500 },
  ENGINERY_BUILD_CRASHED: { status: 500, hint: 'Try another version of the library, and be careful with this model.' },
  ENGINERY_GPU_REQUIRED: { status: 501 },
  ENGINERY_SESSION_FAILED: { status: 500 },
  ENGINERY_RUN_FAILED: { status: 500 },
  ENGINERY_REFIT_FAILED: {
    status: 409,
    hint: 'Refit with the model that the engine was built of, with other values of the same weights, or build an engine.',
  },
  ENGINERY_DEVICE_LOST: {
    status: 503,
    hint: 'Restart the process, to be sure. Short of that, dispose of all sessions and device tensors on this GPU, keep no reference to its pinned tensors, and try to create them again. Other GPUs go on.',
  },
  ENGINERY_DEVICE_MEMORY: {
    status: 503,
    hint: 'Dispose of sessions and tensors, run fewer at once (maxConcurrent) or smaller batches, or end other programs that take this memory. Where the limit is your own (tensorrt.memoryLimit), raise it.',
  },
  ENGINERY_BUSY: { status: 503, hint: 'Try again later, or give the session a longer queue (maxQueue).' },
  ENGINERY_NOT_BORROWABLE: {
    status: 400,
    hint: 'Make the tensor with session.allocateTensor(), or over a SharedArrayBuffer.',
  },
  ENGINERY_DISPOSED: { status: 500 },

  // Ours to fix.
  ENGINERY_INTERNAL: { status: 500, hint: 'This is a bug in enginery: please report it with the message above.' },
};

/** What an {@link EngineryError} carries beside its code and message. */
export interface ErrorParts {
  /** What to do next; where absent, the registry's hint for the code. */
  hint?: string | undefined;
  /** Machine-readable particulars: a path, the parser's errors, the library's log lines. */
  details?: Readonly<Record<string, unknown>> | undefined;
  /** The error underneath. */
  cause?: unknown;
}

const BRAND = Symbol.for('enginery.EngineryError');

/**
 * The one error class of this package.
 *
 * `instanceof` works across several copies of the package in one process, because it looks for a brand.
 *
 * @example
 * ```ts
 * try {
 *   await buildEngine('model.onnx', { output: 'model.engine' });
 * } catch (error) {
 *   if (error instanceof EngineryError && error.code === 'ENGINERY_PARSE_FAILED') console.error(error.details);
 *   else throw error;
 * }
 * ```
 */
export class EngineryError extends Error {
  readonly code: ErrorCode;
  // Declared only, so that an absent one is no own property.
  declare readonly hint?: string;
  declare readonly details?: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'EngineryError';
    this.code = code;
    const hint = parts.hint ?? REGISTRY[code].hint;
    if (hint !== undefined) this.hint = hint;
    if (parts.details !== undefined) this.details = parts.details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** HTTP status that fits this error. */
  get status(): number {
    return REGISTRY[this.code].status;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Every code, for documentation and tests. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(REGISTRY) as ErrorCode[];

/** True for a code of this registry: what native code sends is checked before it is believed. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(REGISTRY, code);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
