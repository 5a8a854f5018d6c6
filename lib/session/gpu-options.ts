/** Options of a session that a GPU backend does not have: told before an engine is built for it. */

import { EngineryError } from '../errors.js';
import type { CheckedOptions } from './create-session.js';
import type { Gpu } from './gpu.js';
import { NO_BUDGET } from './tensorrt-options.js';

/**
 * Checks options against the GPU that was found.
 *
 * @param streams - Whether the engine streams weights; undefined: only TensorRT can tell.
 * @throws EngineryError `ENGINERY_OPTION_UNSUPPORTED`
 */
export function checkGpuOptions(
  { onnxruntime, tensorrt }: CheckedOptions,
  { library: { product } }: Gpu,
  streams: boolean | undefined,
): void {
  const budget = tensorrt.weightStreamingBudget !== NO_BUDGET;
  if (onnxruntime !== undefined) {
    throw refuse(
      'onnxruntime: only onnxruntime-native takes these options',
      "Leave them out, or run on the CPU: backend: 'cpu'.",
    );
  }
  if (tensorrt.specializationStrategy !== undefined && product === 'tensorrt') {
    throw refuse(
      'tensorrt.specializationStrategy: only TensorRT-RTX compiles kernels for the shapes of a run',
      "Leave it out, or use backend: 'tensorrt-rtx'.",
    );
  }
  if (budget && product === 'tensorrt-rtx') {
    throw refuse(
      'tensorrt.weightStreamingBudget: TensorRT-RTX does not stream weights',
      "Leave it out, or use backend: 'tensorrt'.",
    );
  }
  if (budget && streams === false) {
    throw refuse(
      'tensorrt.weightStreamingBudget: the engine has no weights that can be streamed: build it with weightStreaming',
      'Say engine: { weightStreaming: true } (--allowWeightStreaming).',
    );
  }
}

function refuse(message: string, hint: string): EngineryError {
  return new EngineryError('ENGINERY_OPTION_UNSUPPORTED', message, { hint });
}
