/** The implementations of {@link BackendSession}, to be held to one contract. */
import type { BackendImplementation, BackendOptions, BackendSession } from '../../dist/backends/backend-session.js';
import { openNativeSession } from '../../dist/backends/onnxruntime/native-backend.js';
import { openWorkerSession } from '../../dist/backends/onnxruntime/worker-backend.js';
import { resolveOnnxRuntimeNode } from '../../dist/libraries/onnxruntime-node.js';
import { resolveOnnxRuntime } from '../../dist/libraries/resolve.js';
import type { BackendCandidate } from '../../dist/session/choose.js';

export interface Backend {
  readonly name: BackendCandidate;
  open(model: string | Uint8Array, options?: Partial<BackendOptions>): Promise<BackendSession>;
}

const DEFAULTS = { threads: 1, maxConcurrent: 1, maxQueue: 1000, logSeverity: 'warning' } as const;

const OPEN: Readonly<Record<BackendImplementation, (options: BackendOptions) => Promise<BackendSession>>> = {
  native: async (options) => openNativeSession((await resolveOnnxRuntime()).path, options),
  worker: async (options) => openWorkerSession((await resolveOnnxRuntimeNode()).path, options),
};

export const BACKENDS: readonly Backend[] = (['native', 'worker'] as const).map((implementation) => ({
  name: `onnxruntime-${implementation}`,
  open: (model, options) => OPEN[implementation]({ ...DEFAULTS, ...options, model }),
}));
