/** Optimization profiles, as callers write them and manifests keep them. */

/** Bounds of one input's dimensions: `min` ≤ `opt` ≤ `max`, all of the input's rank. TensorRT optimizes for `opt`. */
export interface ShapeRange {
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

/** For an input: bounds of its dimensions, or, for a shape tensor, of the values it holds. */
export type ProfileEntry = ShapeRange | { readonly values: ShapeRange };

/** An optimization profile: bounds by input name. Inputs of fixed shape need no entry. */
export type Profile = Readonly<Record<string, ProfileEntry>>;
