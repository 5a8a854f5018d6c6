/** What {@link buildEngine} takes and gives, in the façade's vocabulary. */

import type { Manifest } from './manifest.js';
import type { Profile } from './profile.js';

/** A GPU architecture to build for, by its compute capability; `current` is the GPU of this machine. */
export type Target = 'sm75' | 'sm80' | 'sm86' | 'sm89' | 'sm120' | 'sm121' | 'current';

/** What the model is asserted to be. TensorRT takes types from the ONNX file and converts nothing. */
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

/** A line of the log of TensorRT or ONNX Runtime. */
export interface LogLine {
  readonly severity: 'error' | 'warning' | 'info' | 'verbose';
  readonly message: string;
}

/** Limits of memory pools: bytes, or text such as `1GiB`. All but `workspace` are TensorRT Enterprise's. */
export interface MemoryPools {
  readonly workspace?: number | string | undefined;
  readonly dlaSRAM?: number | string | undefined;
  readonly dlaLocalDRAM?: number | string | undefined;
  readonly dlaGlobalDRAM?: number | string | undefined;
  readonly tacticDRAM?: number | string | undefined;
  readonly tacticSharedMemory?: number | string | undefined;
}

/** Flags of TensorRT's ONNX parser. All but the first are TensorRT Enterprise's. */
export interface ParserFlags {
  /** TensorRT's own InstanceNormalization. Default true. */
  readonly nativeInstanceNorm?: boolean | undefined;
  /** Let a plugin take the place of an operator of its name. From 10.15. */
  readonly enablePluginOverride?: boolean | undefined;
  readonly uint8AsymmetricQuantizationDLA?: boolean | undefined;
  /** From 10.15. */
  readonly reportCapabilityDLA?: boolean | undefined;
  /** From 10.15. */
  readonly adjustForDLA?: boolean | undefined;
}

/** Types that TensorRT 10 may choose for a weakly typed network, and how far it must follow the model. */
export interface WeakTyping {
  readonly fp16?: boolean | undefined;
  readonly bf16?: boolean | undefined;
  readonly int8?: boolean | undefined;
  readonly fp8?: boolean | undefined;
  readonly int4?: boolean | undefined;
  readonly precisionConstraints?: 'none' | 'prefer' | 'obey' | undefined;
}

/** What decides the contents of the engine. */
export interface EngineOptions {
  /**
   * Optimization profiles. A dynamic leading dimension without bounds gets 1 / 8 / 32, with a warning; any other dynamic
   * dimension without bounds is an error.
   */
  readonly profiles?: readonly Profile[] | undefined;
  /** Limits of memory pools: bytes, or text such as `1GiB`. Default: TensorRT's own. */
  readonly memory?: MemoryPools | undefined;
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
   * A build route for TensorRT's compiler, such as `-conv_use_long_w=off`. TensorRT-RTX 1.6 and later, TensorRT 11.1 and
   * later; without a GPU TensorRT-RTX offers none and refuses it.
   */
  readonly buildRoute?: string | undefined;
  /** Flags of TensorRT's ONNX parser. */
  readonly parserFlags?: ParserFlags | undefined;

  /** TensorRT-RTX: GPU architectures to build for. Default: its own, which is sm80, sm86, sm89, sm120 and later. */
  readonly targets?: readonly Target[] | undefined;

  // What follows is TensorRT Enterprise's; TensorRT-RTX refuses it by name.

  /** GPUs the engine runs on beside the one it is built on. Default `none`. */
  readonly hardwareCompatibility?: 'none' | 'amperePlus' | 'sameComputeCapability' | undefined;
  /** Make an engine that later TensorRT versions of the same major version load. It holds a runtime, which is code. */
  readonly versionCompatible?: boolean | undefined;
  /** Leave that runtime out. Needs {@link versionCompatible}. */
  readonly excludeLeanRuntime?: boolean | undefined;
  /** Default `sameAsBuild`. `windowsAMD64`: from 10.2. */
  readonly runtimePlatform?: 'sameAsBuild' | 'windowsAMD64' | undefined;
  /**
   * File of TensorRT's timing cache: read before the build, added to afterwards, under a lock, so that builds at the same time
   * lose nothing. One of another version or GPU is left alone, with a warning.
   */
  readonly timingCache?: string | undefined;
  /** Let the timing cache be edited, and kernels be chosen by it. From 10.8. */
  readonly editableTimingCache?: boolean | undefined;
  /** Fail where the timing cache lacks an entry, instead of measuring. */
  readonly errorOnTimingCacheMiss?: boolean | undefined;
  /** Measure every kernel anew. */
  readonly disableTimingCache?: boolean | undefined;
  readonly disableCompilationCache?: boolean | undefined;
  /** Kernels tried per layer, from 10.4. Default: TensorRT's own. */
  readonly maxTactics?: number | undefined;
  /** Times each kernel is measured. Default: TensorRT's own. */
  readonly avgTiming?: number | undefined;
  /** From 10.8. Default `none`. */
  readonly tilingOptimizationLevel?: 'none' | 'fast' | 'moderate' | 'full' | undefined;
  /** Bytes of L2 cache that tiling may count on. From 10.8. Needs {@link tilingOptimizationLevel}. */
  readonly l2LimitForTiling?: number | string | undefined;
  /** Where kernels come from, and from nowhere else. Default: TensorRT's own. `cublas`, `cublasLt`, `cudnn`: TensorRT 10. */
  readonly tacticSources?:
    | readonly ('edgeMaskConvolutions' | 'jitConvolutions' | 'cublas' | 'cublasLt' | 'cudnn')[]
    | undefined;
  /** Features to turn on before they are the default. The last two: TensorRT 10. */
  readonly previewFeatures?:
    | readonly (
        | 'aliasedPluginIO1003'
        | 'runtimeActivationResize1010'
        | 'profileSharing0806'
        | 'multideviceRuntime1016'
      )[]
    | undefined;
  /** Paths of plugin libraries to load. They are code. */
  readonly plugins?: readonly string[] | undefined;
  /** Paths of plugin libraries to put into the engine. */
  readonly pluginsToSerialize?: readonly string[] | undefined;
  /** Run on a DLA core; layers it cannot take go to the GPU where `gpuFallback` allows that. */
  readonly dla?: { readonly core?: number | undefined; readonly gpuFallback?: boolean | undefined } | undefined;
  /** Make weights replaceable by equal ones only, which costs no speed. */
  readonly refitIdentical?: boolean | undefined;
  /** Make those weights replaceable that the network marks. From 10.2. */
  readonly refitIndividual?: boolean | undefined;
  /** Let weights stay in host memory and be streamed. */
  readonly weightStreaming?: boolean | undefined;
  /** Use kernels for weights of 2:4 sparsity. */
  readonly sparseWeights?: boolean | undefined;
  /** Keep NaNs as IEEE 754 has them. From 10.6. */
  readonly strictNaNs?: boolean | undefined;
  readonly distributiveIndependence?: boolean | undefined;
  /** No copies of inputs and outputs into other formats. */
  readonly directIO?: boolean | undefined;
  /** Log memory use. From 10.6. */
  readonly monitorMemory?: boolean | undefined;
  /** Synchronize after every layer, so that errors show where they happen. */
  readonly debug?: boolean | undefined;
  /**
   * TensorRT 10 only: let TensorRT choose types, also these lower ones. Without it networks are strongly typed, as everywhere
   * else.
   */
  readonly weaklyTyped?: WeakTyping | undefined;

  /** Fails unless the model is of this precision; changes nothing in the engine. */
  readonly precision?: Precision | undefined;
}

/** Options of {@link buildEngine}. */
export interface BuildOptions extends EngineOptions {
  /**
   * The engine file to write. Replaced atomically where it exists; its manifest is written beside it, as `<output>.json`.
   * Default: a file in the engine cache.
   */
  readonly output?: string | undefined;
  /** Folder of the engine cache. Default: `ENGINERY_CACHE_FOLDER`, else `$XDG_CACHE_HOME/enginery/engines`. */
  readonly cacheFolder?: string | undefined;
  /** Path of the TensorRT library, or of its folder. Default: the first usable one found on this machine. */
  readonly library?: string | undefined;
  /** Use a TensorRT version newer than those this package was tested with. */
  readonly allowUntested?: boolean | undefined;
  /**
   * Let TensorRT parse and build in a process of its own: for models from people you do not trust. A crash of NVIDIA's code is
   * then `ENGINERY_BUILD_CRASHED`, and aborting ends it at once. Such builds do not queue behind others.
   */
  readonly isolate?: boolean | undefined;
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
