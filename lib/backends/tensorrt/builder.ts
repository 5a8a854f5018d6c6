/** TensorRT's builder: a checked build, handed to the addon. */

import type { NativeError, NativeLogLine, NativeProgress } from '../../native/binding.js';
import type { NativeBuildRequest, NativeBuildResult, NativeRange, NativeSetting } from '../../native/build-types.js';
import { call } from '../../native/calls.js';
import { native } from '../../native/load.js';

/** Everything TensorRT needs to know, already checked. */
export interface PlanBuild {
  readonly library: { readonly path: string; readonly parserPath: string };
  readonly model: string | Uint8Array;
  /** Written, not synced; must not exist before, and does not when the build fails. */
  readonly output: string;
  /** TensorRT's timing cache, to start from and to add to. */
  readonly timingCache?: string | undefined;
  readonly profiles: number;
  readonly ranges: readonly NativeRange[];
  readonly settings: readonly NativeSetting[];
}

export interface PlanBuildHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: NativeProgress) => void) | undefined;
  readonly onLog?: ((line: NativeLogLine) => void) | undefined;
  readonly toError: (error: NativeError) => Error;
}

/**
 * Builds a plan on a thread of its own. Builds queue: see {@link setBuildConcurrency}.
 *
 * @returns once the plan is written; who puts it in place has it synced
 */
export function buildPlan(build: PlanBuild, hooks: PlanBuildHooks): Promise<NativeBuildResult> {
  const { library, ...rest } = build;
  const request: NativeBuildRequest = {
    ...rest,
    library: library.path,
    parser: library.parserPath,
    verbose: hooks.onLog !== undefined,
    progress: hooks.onProgress !== undefined,
  };
  return call<NativeBuildResult>((addon, id) => addon.build(id, request), hooks);
}

/** Sets how many builds run at the same time in this process; the rest wait. */
export function setConcurrency(count: number): void {
  native().setBuildConcurrency(count);
}
