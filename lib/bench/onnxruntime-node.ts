/** The package onnxruntime-node as something to measure: what a session of ours is compared with. */

import type * as OnnxRuntime from 'onnxruntime-node';
import { EngineryError, messageOf } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { Feeds } from '../session/feeds.js';
import type { BenchTarget } from './bench-session.js';

/** A model that onnxruntime-node has loaded. Its runs block the event loop. */
export interface OnnxruntimeNode extends BenchTarget {
  readonly version: string;
  dispose(): Promise<void>;
}

/**
 * Loads a model with onnxruntime-node, on the CPU.
 *
 * @param model - Path of an ONNX file.
 * @param inputs - The model's, as our session describes them.
 * @param threads - Threads that share the work of one run.
 * @throws EngineryError `ENGINERY_DEPENDENCY_MISSING`, `ENGINERY_SESSION_FAILED`
 */
export async function openOnnxruntimeNode(
  model: string,
  inputs: readonly ValueInfo[],
  threads: number,
): Promise<OnnxruntimeNode> {
  const { InferenceSession, Tensor, env } = await load();
  const options = { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 };
  const session = await InferenceSession.create(model, options).catch((cause: unknown) => {
    throw new EngineryError('ENGINERY_SESSION_FAILED', `onnxruntime-node does not load ${model}: ${messageOf(cause)}`, {
      cause,
    });
  });
  // Made once for the same feeds: what is measured is running, not wrapping.
  const wrapped = new WeakMap<Feeds, Record<string, OnnxRuntime.Tensor>>();
  const wrap = (feeds: Feeds): Record<string, OnnxRuntime.Tensor> => {
    const entries = Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new Tensor(type as 'float32', data as Float32Array, dims),
    ]);
    const tensors: Record<string, OnnxRuntime.Tensor> = Object.fromEntries(entries);
    wrapped.set(feeds, tensors);
    return tensors;
  };
  return {
    inputs,
    version: env.versions.node ?? 'of unknown version',
    run: (feeds: Feeds) => session.run(wrapped.get(feeds) ?? wrap(feeds)),
    dispose: () => session.release(),
  };
}

/** It is an optional peer. */
async function load(): Promise<typeof OnnxRuntime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw new EngineryError(
      'ENGINERY_DEPENDENCY_MISSING',
      absent
        ? 'The package "onnxruntime-node", which is to be compared with, is not installed.'
        : `The package "onnxruntime-node", which is to be compared with, does not load: ${messageOf(error)}`,
      { hint: 'npm i onnxruntime-node', cause: error },
    );
  }
}
