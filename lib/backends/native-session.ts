/** Sessions of the addon: what is the same for all, whatever executes them. */

import type { NativeBinding, NativeError, NativeSessionInfo, NativeSpec } from '../native/binding.js';
import { call, connect, listen } from '../native/calls.js';
import type { DeviceTensor } from '../native/device-tensor.js';
import type { RunRequest } from '../native/run-request.js';
import type { RunResult } from '../native/run-results.js';
import { cancelRuns, RunOwner, run } from '../native/runs.js';
import type { ValueInfo, ValueKind } from '../onnx/model-info.js';
import { isElementType } from '../tensor/element-type.js';
import type { Tensor, TensorLike } from '../tensor/tensor.js';
import type {
  BackendCapabilities,
  BackendOptions,
  BackendResult,
  BackendRun,
  BackendSession,
  CheckedFeeds,
} from './backend-session.js';

/** What executes sessions, and in what they differ from others of the addon. */
export interface NativeExecutor {
  readonly capabilities: BackendCapabilities;
  readonly onGpu?: boolean;
  /** The error of a run that failed and had targets; by default as native code says it. */
  readonly toRunError?: (error: NativeError, targets: CheckedFeeds) => Error;
}

/** The outputs that a run asks for. */
interface Outputs {
  readonly names: readonly string[];
  readonly places: readonly number[];
  /** An object that has these names, to be copied: that is quicker than giving names to a new one. */
  readonly empty: Readonly<Record<string, Tensor>>;
}

// For sessions that nobody disposed of: memory outside V8's sight comes back some time after they are collected.
const forgotten = new FinalizationRegistry<() => Promise<void>>((close) => {
  close().catch(() => {
    // Whoever forgot the session is not there to hear of it.
  });
});

/**
 * Opens a session.
 *
 * @param start - Calls the addon, with the id of the call and that of the session's log (0: nobody listens).
 */
export async function openNative(
  executor: NativeExecutor,
  start: (addon: NativeBinding, id: number, log: number) => void,
  { onLog, signal }: Pick<BackendOptions, 'onLog' | 'signal'>,
): Promise<BackendSession> {
  const log = onLog && listen(onLog);
  try {
    const info = await call<NativeSessionInfo>((addon, id) => start(addon, id, log?.id ?? 0), { signal });
    return toSession(executor, info, log?.stop);
  } catch (error) {
    log?.stop();
    throw error;
  }
}

/** A session that another thread of this process has open; undefined where none of that number is. */
export function attachNative(executor: NativeExecutor, number: number): BackendSession | undefined {
  const info = connect().attachSession(number);
  return info === null ? undefined : toSession(executor, info);
}

function toSession(
  { capabilities, onGpu = false, toRunError }: NativeExecutor,
  info: NativeSessionInfo,
  stopLog?: () => void,
): BackendSession {
  const close = closing(info.session, stopLog);
  // Those of the last run: they seldom change.
  let last = placesOf([], info);
  const owner = new RunOwner(capabilities.stopsRunning);
  const session: BackendSession = {
    capabilities,
    inputs: info.inputs.map(toValueInfo),
    outputs: info.outputs.map(toValueInfo),
    ranges: info.profiles,
    number: info.session,
    deviceTensors: owner.deviceTensors,
    allocate: (bytes) => connect().allocate(bytes),
    allocatePinned: async (bytes) =>
      onGpu
        ? call<ArrayBuffer | null>((addon, id) => addon.allocatePinned(id, info.session, bytes))
        : connect().allocate(bytes),
    queue: () => connect().sessionQueue(info.session),
    memory: () => (onGpu ? connect().sessionMemory(info.session) : null),
    run(parts, { outputs: names, targets, stay, borrow, signal }: BackendRun) {
      if (names !== last.names) last = placesOf(names, info);
      const { places, empty } = last;
      const request: RunRequest = {
        parts: parts.map((part) => info.inputs.map(({ name }) => part[name] as TensorLike | DeviceTensor<TensorLike>)),
        borrow,
        outputs: places,
        stay: stay && names.map((name) => stay.has(name)),
        targets: targets && names.map((name) => targets[name]),
      };
      const toResult = ({ outputs, queueMs, computeMs }: RunResult): BackendResult => {
        const named: Record<string, Tensor | DeviceTensor> = { ...empty };
        for (let i = 0; i < names.length; i++) {
          const [name, output] = [names[i] as string, outputs[i] as Tensor | DeviceTensor | null];
          if (output === null) delete named[name];
          else named[name] = output;
        }
        return { outputs: named, queueMs, computeMs };
      };
      const toError = targets && toRunError && ((error: NativeError) => toRunError(error, targets));
      return run(owner, info.session, request, toResult, { signal, toError });
    },
    cancel: () => cancelRuns(owner),
    close() {
      forgotten.unregister(session);
      return close();
    },
  };
  forgotten.register(session, close, session);
  return session;
}

/** How to close a session, without a reference to it. */
function closing(session: number, stopLog = (): void => {}): () => Promise<void> {
  return () => call<void>((addon, id) => addon.closeSession(id, session)).finally(stopLog);
}

function placesOf(names: readonly string[], { outputs }: NativeSessionInfo): Outputs {
  return {
    names,
    places: names.map((name) => outputs.findIndex((output) => output.name === name)),
    empty: Object.fromEntries(names.map((name) => [name, undefined as unknown as Tensor])),
  };
}

function toValueInfo({ name, type, dims, symbols }: NativeSpec): ValueInfo {
  if (type === 'unknown') return { name, kind: 'tensor', type: null, dims: null };
  if (!isElementType(type)) return { name, kind: type as ValueKind, type: null, dims: null };
  return { name, kind: 'tensor', type, dims: dims.map((dim, axis) => (dim >= 0 ? dim : symbols[axis] || null)) };
}
