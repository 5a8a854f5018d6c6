/** Everything that is decided before TensorRT is asked. */

import { basename } from 'node:path';
import { PRODUCTS } from '../libraries/products.js';
import type { ResolvedTensorRT } from '../libraries/resolve.js';
import type { ModelInfo } from '../onnx/model-info.js';
import type { BuildOptions } from './options.js';
import { checkPrecision } from './precision.js';
import { type ResolvedProfiles, resolveProfiles } from './profiles.js';
import { type ResolvedSettings, resolveSettings } from './settings.js';

/** A build whose options are checked. */
export interface PreparedBuild {
  /** Absolute path, or bytes. */
  readonly model: string | Uint8Array;
  readonly info: ModelInfo;
  readonly library: ResolvedTensorRT;
  readonly options: BuildOptions;
  readonly settings: ResolvedSettings;
  readonly profiles: ResolvedProfiles;
}

/** `TensorRT-RTX 1.7.1`. */
export function titleOf({ product, version }: ResolvedTensorRT): string {
  return `${PRODUCTS[product].title} ${version}`;
}

/** Checks options against the model and the library. */
export function prepare(
  model: string | Uint8Array,
  info: ModelInfo,
  library: ResolvedTensorRT,
  options: BuildOptions,
): PreparedBuild {
  const settings = resolveSettings(options, library.family, library.version);
  const profiles = resolveProfiles(info.inputs, options.profiles);
  checkPrecision(info, options.precision, typeof model === 'string' ? basename(model) : undefined);
  return { model, info, library, options, settings, profiles };
}
