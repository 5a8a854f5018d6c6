/** What can be said of a model before TensorRT sees it. */

/** Something about a model that TensorRT refuses, or takes in a way that one should know of. */
export interface Finding {
  /** `refused`: no engine comes of it. `caution`: one does. */
  readonly level: 'refused' | 'caution';
  readonly kind: FindingKind;
  /** What it is about: `NonZero`, or `input x`. */
  readonly subject: string;
  /** Name of the node, or of its first output where it has none; empty where it is about no node. */
  readonly node: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

export type FindingKind =
  | 'element-type'
  | 'rank'
  | 'operator'
  | 'custom-operator'
  | 'attribute'
  | 'quantization'
  | 'sequence'
  | 'loop'
  | 'data-dependent-shape';
