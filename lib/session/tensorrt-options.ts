/** TensorRT's own options of a session: how an engine is executed. */

import { parseByteSize } from '../engine/byte-size.js';
import { EngineryError } from '../errors.js';
import { refuseUnknown } from '../options/refuse-unknown.js';

/** How TensorRT and TensorRT-RTX execute an engine. On the CPU they are checked, and do nothing. */
export interface TensorRTOptions {
  /**
   * Record the work of a run as a CUDA graph, and start it by one call from then on: for engines of many small kernels. A graph is
   * for the shapes of one run, and made anew where those change. Default false.
   *
   * @see https://docs.nvidia.com/deeplearning/tensorrt/latest/performance/best-practices.html#cuda-graphs
   */
  readonly cudaGraph?: boolean | undefined;
  /**
   * How TensorRT-RTX compiles kernels for the shapes of a run: `'lazy'` while it already runs others, `'eager'` before it runs, `'none'`
   * not at all. Default: TensorRT-RTX's own, `'lazy'`. TensorRT refuses it.
   */
  readonly specializationStrategy?: (typeof STRATEGIES)[number] | undefined;
  /**
   * The most of the GPU's memory that this session uses, for weights, execution contexts, inputs and outputs: bytes, or text such as
   * `'2GiB'`. Outputs that stay on the GPU do not count once the run is over. What would be more is `ENGINERY_DEVICE_MEMORY`, before the driver is asked. Default: as much as there is.
   */
  readonly memoryLimit?: number | string | undefined;
  /**
   * How much of its weights an engine that was built with `weightStreaming` keeps in the GPU's memory: bytes, text such as `'2GiB'`, 0
   * for as little as can be, or `'auto'`, which leaves it to TensorRT. The rest is in the CPU's memory, and sent to the GPU in each
   * run. TensorRT from 10.1 on; another engine, or TensorRT-RTX, is `ENGINERY_OPTION_UNSUPPORTED`. Default: all are in the GPU's.
   */
  readonly weightStreamingBudget?: number | string | undefined;
}

const STRATEGIES = ['lazy', 'eager', 'none'] as const;
const KNOWN: Readonly<Record<keyof TensorRTOptions, true>> = {
  cudaGraph: true,
  specializationStrategy: true,
  memoryLimit: true,
  weightStreamingBudget: true,
};
const AUTOMATIC_BUDGET = -1;
/** For {@link CheckedTensorRTOptions.weightStreamingBudget}, as with trtexec. */
export const NO_BUDGET = -2;

/** Checked. */
export interface CheckedTensorRTOptions {
  readonly cudaGraph: boolean;
  readonly specializationStrategy: TensorRTOptions['specializationStrategy'];
  /** Bytes; 0: no limit. */
  readonly memoryLimit: number;
  /** Bytes; -1: TensorRT decides, -2: none. */
  readonly weightStreamingBudget: number;
}

/**
 * Checks options.
 *
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED` for a name that is none
 */
export function checkTensorRTOptions(options: TensorRTOptions = {}): CheckedTensorRTOptions {
  if (typeof options !== 'object' || options === null) throw invalid('tensorrt: expected an object of options');
  refuseUnknown(options, KNOWN, 'tensorrt.');
  const { cudaGraph = false, specializationStrategy, memoryLimit, weightStreamingBudget } = options;
  if (typeof cudaGraph !== 'boolean') throw invalid('tensorrt.cudaGraph: expected true or false');
  if (specializationStrategy !== undefined && !STRATEGIES.includes(specializationStrategy)) {
    throw invalid(`tensorrt.specializationStrategy: expected one of ${STRATEGIES.join(', ')}`);
  }
  return {
    cudaGraph,
    specializationStrategy,
    memoryLimit: memoryLimit === undefined ? 0 : parseByteSize(memoryLimit, 'tensorrt.memoryLimit'),
    weightStreamingBudget: parseWeightBudget(weightStreamingBudget),
  };
}

function parseWeightBudget(budget: TensorRTOptions['weightStreamingBudget']): number {
  if (budget === undefined) return NO_BUDGET;
  if (budget === 'auto') return AUTOMATIC_BUDGET;
  return budget === 0 || budget === '0' ? 0 : parseByteSize(budget, 'tensorrt.weightStreamingBudget');
}

function invalid(message: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_OPTION', message);
}
