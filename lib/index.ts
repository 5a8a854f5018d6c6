/** The public façade: exports only. */

export { buildEngine, setBuildConcurrency } from './engine/build-engine.js';
export type { ParserError } from './engine/build-errors.js';
export { MANIFEST_SCHEMA, type Manifest, type ManifestValue, readManifest } from './engine/manifest.js';
export type {
  BuildOptions,
  BuildProgress,
  BuildResult,
  EngineOptions,
  LogLine,
  Precision,
  ProfilingVerbosity,
  Target,
} from './engine/options.js';
export type { Profile, ProfileEntry, ShapeRange } from './engine/profile.js';
export { EngineryError, ERROR_CODES, type ErrorCode } from './errors.js';
