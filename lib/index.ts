/** The public façade: exports only. */

export {
  type AnalyzedNode,
  type AnalyzedValue,
  type AnalyzeOptions,
  analyzeModel,
  type DuplicateWeights,
  type Finding,
  type FindingKind,
  type ModelAnalysis,
  type PrecisionShare,
  type SparseWeights,
} from './analysis/analyze-model.js';
export type {
  BackendCapabilities,
  BackendImplementation,
  BackendName,
  SessionMemory,
} from './backends/backend-session.js';
export type { OnnxRuntimeOptions } from './backends/onnxruntime/onnxruntime-options.js';
export {
  type BenchOptions,
  type BenchProgress,
  type BenchResult,
  type BenchTarget,
  benchSession,
  type RunTimes,
} from './bench/bench-session.js';
export { type LayerProfile, type LayerTime, type ProfileOptions, profileLayers } from './bench/profile-layers.js';
export {
  type ComparableSession,
  type CompareOptions,
  type Comparison,
  type ComparisonFinding,
  compareSessions,
  type OutputComparison,
  type ThresholdFailure,
  type Thresholds,
} from './compare/compare-sessions.js';
export type { ErrorSummary } from './compare/error-distribution.js';
export type { ExactElement, ExactMetrics } from './compare/exact-metrics.js';
export type { FloatMetrics, Place } from './compare/float-metrics.js';
export { buildEngine, setBuildConcurrency } from './engine/build-engine.js';
export type { ParserError } from './engine/build-errors.js';
export { type EngineInspection, type Inspection, inspectFile, type ModelInspection } from './engine/inspect-file.js';
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
export type { PlanHeader } from './engine/plan-header.js';
export type { Profile, ProfileEntry, ShapeRange } from './engine/profile.js';
export { EngineryError, ERROR_CODES, type ErrorCode, type ErrorParts } from './errors.js';
export type { Device, DeviceProbe } from './libraries/devices.js';
export type { FoundLibrary } from './libraries/find.js';
export type { AddonState, Machine } from './libraries/machine.js';
export type { Product } from './libraries/products.js';
export {
  listObtained,
  type ObtainableProduct,
  type ObtainedLibrary,
  removeObtained,
  type SetupOptions,
  type SetupPlan,
  type SetupProgress,
  type SetupResult,
  setupLibrary,
} from './libraries/setup-library.js';
export type { Family, Verdict } from './libraries/verdict.js';
export type { DeviceTensor, DeviceTensorCount } from './native/device-tensor.js';
export { type DigestOptions, digestModel, type FileDigest, type ModelDigest } from './onnx/digest-model.js';
export {
  type Dim,
  type ExternalFile,
  type ModelInfo,
  type Opset,
  readModelInfo,
  type ValueInfo,
  type ValueKind,
} from './onnx/model-info.js';
export { attachSession } from './session/attach-session.js';
export type {
  BackendCandidate,
  BackendChoice,
  BackendReason,
  ChosenBackend,
  SessionBackend,
} from './session/choose.js';
export { createSession, type SessionOptions } from './session/create-session.js';
export { type AutoChoice, type Diagnosis, diagnose } from './session/diagnose.js';
export type { SessionEvents } from './session/diagnostics.js';
export type { SessionEngineOptions } from './session/engine-options.js';
export type { DeviceFeeds, Feeds } from './session/feeds.js';
export type { ModelTypes, TensorOf } from './session/model-types.js';
export type { RefitOptions } from './session/refit.js';
export type { RowsOptions, RunOptions } from './session/run-options.js';
export type { AskedHostOutputs, AskedOutputs, KnownOutputs, RunOutputs } from './session/run-outputs.js';
export type { SessionStats, Times } from './session/run-times.js';
export type { Session } from './session/session.js';
export type { SessionHandle } from './session/session-handle.js';
export type { TensorRTOptions } from './session/tensorrt-options.js';
export { type TypesOptions, typesOf } from './session/types-of.js';
export type { Summary } from './stats/summary.js';
export type { ElementType } from './tensor/element-type.js';
export { decodeElements, type EncodedElements, type EncodeOptions, encodeElements } from './tensor/elements.js';
export { formatNpy, parseNpy } from './tensor/npy.js';
export { Tensor, type TensorData, type TensorLike } from './tensor/tensor.js';
