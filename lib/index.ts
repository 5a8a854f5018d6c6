/** The public façade: exports only. */

export type { BackendName } from './backends/backend-session.js';
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
export type { Dim, ValueInfo, ValueKind } from './onnx/model-info.js';
export type { BackendChoice, BackendReason, ChosenBackend } from './session/choose.js';
export { createSession, type SessionOptions } from './session/create-session.js';
export type { Feeds } from './session/feeds.js';
export type { RunOptions, Session } from './session/session.js';
export type { ElementType } from './tensor/element-type.js';
export { Tensor, type TensorData, type TensorLike } from './tensor/tensor.js';
