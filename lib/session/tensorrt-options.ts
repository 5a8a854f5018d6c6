/** TensorRT's own options of a session: how an engine is executed. */

import { parseByteSize } from '../engine/byte-size.js';
import { EngineryError } from '../errors.js';

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
}

const STRATEGIES = ['lazy', 'eager', 'none'] as const;
const NAMES = ['cudaGraph', 'specializationStrategy', 'memoryLimit'];

/** Checked. */
export interface CheckedTensorRTOptions {
  readonly cudaGraph: boolean;
  readonly specializationStrategy: TensorRTOptions['specializationStrategy'];
  /** Bytes; 0: no limit. */
  readonly memoryLimit: number;
}

/**
 * Checks options.
 *
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED` for a name that is none
 */
export function checkTensorRTOptions(options: TensorRTOptions = {}): CheckedTensorRTOptions {
  if (typeof options !== 'object' || options === null) throw invalid('tensorrt: expected an object of options');
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    const hint = `Its options: ${NAMES.join(', ')}.`;
    throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `tensorrt.${unknown} is no option`, { hint });
  }
  const { cudaGraph = false, specializationStrategy, memoryLimit } = options;
  if (typeof cudaGraph !== 'boolean') throw invalid('tensorrt.cudaGraph: expected true or false');
  if (specializationStrategy !== undefined && !STRATEGIES.includes(specializationStrategy)) {
    throw invalid(`tensorrt.specializationStrategy: expected one of ${STRATEGIES.join(', ')}`);
  }
  return {
    cudaGraph,
    specializationStrategy,
    memoryLimit: memoryLimit === undefined ? 0 : parseByteSize(memoryLimit, 'tensorrt.memoryLimit'),
  };
}

function invalid(message: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_OPTION', message);
}
