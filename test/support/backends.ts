/** The implementations of {@link BackendSession}, to be held to one contract. */
import type { BackendImplementation, BackendOptions, BackendSession } from '../../dist/backends/backend-session.js';
import { openNativeSession } from '../../dist/backends/onnxruntime/native-backend.js';
import { openWorkerSession } from '../../dist/backends/onnxruntime/worker-backend.js';
import type { ErrorCode } from '../../dist/errors.js';
import { resolveOnnxRuntimeNode } from '../../dist/libraries/onnxruntime-node.js';
import { resolveOnnxRuntime } from '../../dist/libraries/resolve.js';
import type { ChosenBackend } from '../../dist/session/choose.js';
import type { SessionOptions } from '../../dist/session/create-session.js';
import type { ElementType } from '../../dist/tensor/element-type.js';
import { FEEDS, identity } from './contract-models.js';

export interface Backend {
  readonly title: string;
  open(model: string | Uint8Array, options?: Partial<BackendOptions>): Promise<BackendSession>;
  /** What opens a session of a model on it. Plain data. */
  sessionOptions(model: Buffer): Promise<SessionOptions>;
  /** What such a session says of it. */
  readonly is: Partial<ChosenBackend>;
  readonly types: readonly ElementType[];
  /** {@link HEAVY} keeps it busy for some tenths of a second with x of this many rows. */
  readonly heavyRows: number;
  /** Whether it knows the names of dimensions. */
  readonly namesDims: boolean;
  /** A model that it does not implement, and what it says to that. */
  readonly unimplemented: { readonly model: Buffer; readonly code: ErrorCode };
}

export const DEFAULTS = { threads: 1, maxConcurrent: 1, maxQueue: 1000, logSeverity: 'warning' } as const;

const OPEN: Readonly<Record<BackendImplementation, (options: BackendOptions) => Promise<BackendSession>>> = {
  native: async (options) => openNativeSession((await resolveOnnxRuntime()).path, options),
  worker: async (options) => openWorkerSession((await resolveOnnxRuntimeNode()).path, options),
};

export const BACKENDS: readonly Backend[] = (['native', 'worker'] as const).map((implementation) => ({
  title: `onnxruntime-${implementation}`,
  open: (model, options) => OPEN[implementation]({ ...DEFAULTS, ...options, model }),
  sessionOptions: async () => ({ backend: `onnxruntime-${implementation}` }),
  is: { name: 'onnxruntime', implementation },
  types: FEEDS.map(({ type }) => type),
  heavyRows: 256,
  namesDims: true,
  unimplemented: { model: identity(['float4e2m1'], ['n']), code: 'ENGINERY_INVALID_MODEL' },
}));
