/** The manifest of a build that succeeded. */

import { basename, dirname, posix, relative, sep } from 'node:path';
import type { NativeBuildResult } from '../native/build-types.js';
import type { FileDigest, ModelDigest } from '../onnx/digest-model.js';
import type { ModelInfo, ValueInfo } from '../onnx/model-info.js';
import { isElementType } from '../tensor/element-type.js';
import { version } from '../version.js';
import { MANIFEST_SCHEMA, type Manifest, type ManifestValue } from './manifest.js';
import { NOT_CONTENTS } from './option-table.js';
import type { BuildOptions } from './options.js';
import type { ResolvedProfiles } from './profiles.js';
import type { ResolvedSettings } from './settings.js';

/** Everything a manifest is made from. */
export interface Build {
  /** Absolute path, or bytes. */
  readonly model: string | Uint8Array;
  readonly options: BuildOptions;
  /** Absolute path of the engine file. */
  readonly output: string;
  readonly info: ModelInfo;
  readonly library: {
    readonly product: 'tensorrt-rtx' | 'tensorrt';
    readonly version: string;
    readonly family: string;
  };
  readonly settings: ResolvedSettings;
  readonly profiles: ResolvedProfiles;
  readonly built: NativeBuildResult;
  readonly planDigest: FileDigest;
  readonly modelDigest: ModelDigest;
  readonly seconds: number;
  /** What was noticed before TensorRT was asked. */
  readonly warnings: readonly string[];
}

/** GPU architectures that an engine runs on, as far as its options tell. */
function targetsOf(family: string, settings: ResolvedSettings, info: ModelInfo): Manifest['targets'] {
  const { targets, hardwareCompatibility } = settings.resolved;
  if (Array.isArray(targets)) return { architectures: targets, andLater: false };
  if (family === 'rtx') return defaultTargets(info);
  if (hardwareCompatibility === 'amperePlus') return { architectures: ['sm80'], andLater: true };
  return { architectures: ['current'], andLater: false };
}

/**
 * What TensorRT-RTX builds for when no target is set, by its documentation: architectures that have the model's types, from
 * sm80 on.
 */
function defaultTargets({ elementTypes }: ModelInfo): Manifest['targets'] {
  const first = elementTypes.includes('float4e2m1')
    ? 3
    : elementTypes.some((type) => type.startsWith('float8'))
      ? 2
      : 0;
  return { architectures: ['sm80', 'sm86', 'sm89', 'sm120'].slice(first), andLater: true };
}

/** Describes a build. */
export function describeBuild(build: Build): Manifest {
  const { model, options, output, info, library, settings, profiles, built } = build;
  const tensors = new Map(built.tensors.map((tensor) => [tensor.name, tensor]));
  // Dims from the model, which has names for them; the type from the engine: TensorRT makes float32 of float64.
  const toValue = ({ name, type, dims }: ValueInfo): ManifestValue => {
    const tensor = tensors.get(name);
    const built = tensor !== undefined && isElementType(tensor.type) ? tensor.type : type;
    return { name, type: built, dims, shapeTensor: tensor?.shapeTensor ?? false };
  };
  const path = typeof model === 'string' ? model : null;
  return {
    schema: MANIFEST_SCHEMA,
    enginery: version,
    created: new Date().toISOString(),
    model: {
      name: path && basename(path),
      path: path && relative(dirname(output), path).split(sep).join(posix.sep),
      sha256: build.modelDigest.sha256,
      bytes: build.modelDigest.bytes,
    },
    inputs: info.inputs.map(toValue),
    outputs: info.outputs.map(toValue),
    profiles: profiles.profiles,
    options: {
      given: Object.fromEntries(Object.entries(options).filter(([name]) => !NOT_CONTENTS.includes(name))),
      resolved: settings.resolved,
    },
    runtime: { product: library.product, version: library.version, family: library.family },
    targets: targetsOf(library.family, settings, info),
    platform: { os: process.platform, arch: process.arch },
    plan: { bytes: build.planDigest.bytes, sha256: build.planDigest.sha256 },
    seconds: build.seconds,
    warnings: [...build.warnings, ...profiles.warnings, ...built.log.filter(isWarning).map(({ message }) => message)],
  };
}

function isWarning({ severity }: { readonly severity: string }): boolean {
  return severity === 'warning';
}
