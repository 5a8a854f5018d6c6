/** What {@link buildEngine} takes and gives, in the façade's vocabulary. */

import type { Manifest } from './manifest.js';
import type { Profile } from './profile.js';

/** A GPU architecture to build for, by its compute capability; `current` is the GPU of this machine. */
export type Target = 'sm75' | 'sm80' | 'sm86' | 'sm89' | 'sm120' | 'sm121' | 'current';

/** What the model is asserted to be. TensorRT-RTX takes types from the ONNX file and converts nothing. */
export type Precision = 'fp32' | 'fp16' | 'bf16' | 'fp8' | 'int8' | 'int4' | 'fp4';

/** How much of the network the engine can tell an inspector or a profiler. */
export type ProfilingVerbosity = 'layerNamesOnly' | 'none' | 'detailed';

/** Where a build stands. */
export interface BuildProgress {
  /** What is being done, in TensorRT's words: `Optimizing graph`. */
  readonly phase: string;
  /** Steps of that phase done, of {@link steps}. */
  readonly step: number;
  readonly steps: number;
  /** Of the whole build: 0 to 1, never falling, 1 only when the engine is in place. */
  readonly fraction: number;
}

/** A line of TensorRT's log. */
export interface LogLine {
  readonly severity: 'error' | 'warning' | 'info' | 'verbose';
  readonly message: string;
}

/** What decides the contents of the engine. */
export interface EngineOptions {
  /**
   * Optimization profiles. A dynamic leading dimension without bounds gets 1 / 8 / 32, with a warning; any other dynamic
   * dimension without bounds is an error.
   */
  readonly profiles?: readonly Profile[] | undefined;
  /** Limits of memory pools while running: bytes, or text such as `1GiB`. Default: TensorRT's own. */
  readonly memory?: { readonly workspace?: number | string | undefined } | undefined;
  /** GPU architectures to build for. Default: TensorRT-RTX's own, which is sm80, sm86, sm89, sm120 and later. */
  readonly targets?: readonly Target[] | undefined;
  /** 0 (quickest build) to 5. Default 3. */
  readonly optimizationLevel?: number | undefined;
  /** Auxiliary streams TensorRT may use to run layers in parallel. Default: TensorRT's own heuristic. */
  readonly maxAuxStreams?: number | undefined;
  /** Allow TF32 for float32 products and sums. Default true. */
  readonly tf32?: boolean | undefined;
  /** Default `layerNamesOnly`. */
  readonly profilingVerbosity?: ProfilingVerbosity | undefined;
  /** Make the weights replaceable later. Needs an NVIDIA driver while building. */
  readonly refit?: boolean | undefined;
  /** Leave refittable weights out of the plan. Needs an NVIDIA driver while building. */
  readonly stripPlan?: boolean | undefined;
  /**
   * A build route for TensorRT's compiler, such as `-conv_use_long_w=off`. TensorRT-RTX 1.6 and later; without a GPU they
   * offer none and refuse it.
   */
  readonly buildRoute?: string | undefined;
  /** Flags of TensorRT's ONNX parser. */
  readonly parserFlags?:
    | {
        /** TensorRT's own InstanceNormalization. Default true. */
        readonly nativeInstanceNorm?: boolean | undefined;
      }
    | undefined;
  /** Fails unless the model is of this precision; changes nothing in the engine. */
  readonly precision?: Precision | undefined;
}

/** Options of {@link buildEngine}. */
export interface BuildOptions extends EngineOptions {
  /** The engine file to write. Replaced atomically where it exists; its manifest is written beside it, as `<output>.json`. */
  readonly output: string;
  /** Path of the TensorRT library, or of its folder. Default: the first usable one found on this machine. */
  readonly library?: string | undefined;
  /** Use a TensorRT version newer than those this package was tested with. */
  readonly allowUntested?: boolean | undefined;
  /** Called as the build goes on. What it throws stops the build and is what the build rejects with. */
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  /** Called with every line of TensorRT's log; without it, only warnings and errors are kept. */
  readonly onLog?: ((line: LogLine) => void) | undefined;
  /** Stops the build at TensorRT's next progress step, and leaves no file. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link buildEngine} gives. */
export interface BuildResult {
  /** The engine file. */
  readonly path: string;
  readonly bytes: number;
  /** Of the engine file, in hex. */
  readonly sha256: string;
  /** From call to file in place. */
  readonly seconds: number;
  /** True when the engine came from the cache. */
  readonly cached: boolean;
  readonly warnings: readonly string[];
  readonly manifest: Manifest;
}
