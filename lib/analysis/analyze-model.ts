/** What a model costs and what TensorRT will make of it: the public function. What it does is loaded when it is first called. */

import type { Dim } from '../onnx/model-info.js';
import type { ElementType } from '../tensor/element-type.js';
import type { Finding } from './finding.js';
import type { PrecisionShare } from './precision-map.js';
import type { DuplicateWeights, SparseWeights } from './weights.js';

export type { Finding, FindingKind } from './finding.js';
export type { PrecisionShare } from './precision-map.js';
export type { DuplicateWeights, SparseWeights } from './weights.js';

/** What {@link analyzeModel} takes. */
export interface AnalyzeOptions {
  /** Shapes of inputs, by name: they give the open dims their sizes. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** A value that a node gives. */
export interface AnalyzedValue {
  readonly name: string;
  readonly type: ElementType | null;
  /** As {@link ValueInfo.dims}. */
  readonly dims: readonly Dim[] | null;
}

/** A node and its costs. */
export interface AnalyzedNode {
  readonly name: string;
  /** With its domain before `::` where that is not ONNX's own. */
  readonly operator: string;
  readonly outputs: readonly AnalyzedValue[];
  /** Multiply-accumulates of one run. 0 where a node has none, null where they are not known. */
  readonly macs: number | null;
  /** Of all outputs; null where a shape is not known. */
  readonly outputBytes: number | null;
  /** Of the weights it takes. A weight that several nodes take counts at each. */
  readonly weightBytes: number;
}

/** What {@link analyzeModel} gives. */
export interface ModelAnalysis {
  /** Open dims that were taken as 1 because no shape was given: the first of an input, which is the batch. */
  readonly assumed: readonly string[];
  /** Dims that are still open: what depends on them is null. */
  readonly open: readonly string[];
  /** Multiply-accumulates of one run, of the nodes where they are known. A multiplication and an addition are one. */
  readonly macs: number;
  /** Nodes whose multiply-accumulates are not known. Where there are some, {@link macs} is too low. */
  readonly unknownNodes: number;
  /**
   * The most bytes that inputs, outputs and values in between take at a time, when the nodes run in the order of the file.
   * TensorRT fuses and reorders: it usually needs less. Null where a shape is not known.
   */
  readonly peakBytes: number | null;
  /** In the order of the file, those of subgraphs before the node that they belong to. */
  readonly nodes: readonly AnalyzedNode[];
  /** In which types the model computes, and how much, most first. */
  readonly precision: readonly PrecisionShare[];
  /** What TensorRT refuses, or takes in a way that one should know of. That there is none is no proof. */
  readonly findings: readonly Finding[];
  readonly sparsity: SparseWeights;
  readonly duplicates: readonly DuplicateWeights[];
}

/**
 * Works out what a model costs and what TensorRT will make of it, from the file alone: shapes and multiply-accumulates node
 * by node, the types that it computes in, what TensorRT is known to refuse, weights in the 2:4 pattern and duplicates.
 *
 * @param model - Path of an ONNX file, or its bytes. Bytes must not change until the promise settles.
 * @param options - Shapes for inputs with open dims. A first dim that is left open is taken as 1.
 * @throws EngineryError as `readModelInfo` does; `ENGINERY_INVALID_ARGUMENT` for a shape that fits no input;
 * `ENGINERY_MODEL_TOO_LARGE` for a file of so many nodes that they would take several times its size in memory.
 * @example
 * ```ts
 * const { macs, findings } = await analyzeModel('digits.onnx', { shapes: { image: [8, 1, 28, 28] } });
 * for (const { subject, node, message } of findings) console.warn(subject, node, message);
 * ```
 */
export async function analyzeModel(model: string | Uint8Array, options: AnalyzeOptions = {}): Promise<ModelAnalysis> {
  const { analyze } = await import('./analyze.js');
  return analyze(model, options);
}
