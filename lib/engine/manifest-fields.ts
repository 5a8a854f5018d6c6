/** What is in a manifest. */

import type { Profile } from './profile.js';

/** Version of the manifest's schema. A reader refuses a newer one, and reads every older one. */
export const MANIFEST_SCHEMA = 1;

/** An input or output. */
export interface ManifestValue {
  readonly name: string;
  /** Element type, `float32`; null for what is no tensor. */
  readonly type: string | null;
  /** A number where fixed, a name where symbolic, null where unknown; null as a whole where the rank is unknown. */
  readonly dims: readonly (number | string | null)[] | null;
  /** True: TensorRT reads its contents to compute shapes, so profiles bound its values. */
  readonly shapeTensor: boolean;
}

/** What a manifest holds. */
export interface Manifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  /** Version of this package. */
  readonly enginery: string;
  /** When the engine was built, ISO 8601. */
  readonly created: string;
  readonly model: {
    /** File name, null for a model that was given as bytes. */
    readonly name: string | null;
    /** From the manifest's folder to the model, with forward slashes. */
    readonly path: string | null;
    /** As `digestModel` computes it, over the model and its external data. */
    readonly sha256: string;
    readonly bytes: number;
  };
  readonly inputs: readonly ManifestValue[];
  readonly outputs: readonly ManifestValue[];
  readonly profiles: readonly Profile[];
  readonly options: {
    /** What the caller asked for. */
    readonly given: Readonly<Record<string, unknown>>;
    /** What TensorRT was set to; what is not here is TensorRT's default. */
    readonly resolved: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  };
  /** The library that built the engine, and that is needed to run it. */
  readonly runtime: {
    readonly product: 'tensorrt-rtx' | 'tensorrt';
    readonly version: string;
    readonly family: string;
  };
  readonly targets: {
    /** GPU architectures the engine runs on: `sm89`, or `current` for that of the machine that built it. */
    readonly architectures: readonly string[];
    /** True: and on architectures after these. */
    readonly andLater: boolean;
  };
  /** Of the machine that built it. */
  readonly platform: { readonly os: string; readonly arch: string };
  readonly plan: { readonly bytes: number; readonly sha256: string };
  /** From call to plan on disk. */
  readonly seconds: number;
  readonly warnings: readonly string[];
}
