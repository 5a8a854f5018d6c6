/** Runs of sessions, as promises: many cross into the addon and back with few values of JavaScript for each. */

import type { NativeError } from './binding.js';
import { connect, type FailureOptions, onWake, reasonOf } from './calls.js';
import { DeviceTensor, type DeviceTensorTally, type NativeDeviceTensor } from './device-tensor.js';
import { onAbort } from './on-abort.js';
import { type RunPage, toRunPage } from './run-page.js';
import { RequestWriter, type RunRequest } from './run-request.js';
import { type RunListener, type RunResult, readResults } from './run-results.js';

/** Milliseconds of computing up to which a run is brief, and from which all are alike. */
const BRIEF = 0.02;
const LONG = 0.1;

/** Whose runs they are, and how long those take: a thread may have a session more than once. */
export class RunOwner {
  /** Milliseconds of computing, on average over the latest runs. */
  typical: number = LONG;
  /** Whether native code stops a run that is under way. Where not, what was aborted is over at once here, and ends there later. */
  readonly stopsRunning: boolean;
  /** Of outputs that have stayed on a GPU and are not disposed of. */
  readonly deviceTensors: DeviceTensorTally = { count: 0, bytes: 0 };

  constructor(stopsRunning: boolean) {
    this.stopsRunning = stopsRunning;
  }

  /** Expected to be over sooner than a thread could be woken for its result. */
  get brief(): boolean {
    return this.typical <= BRIEF;
  }

  record(computeMs: number): void {
    // One that was interrupted for long says little of the next.
    this.typical += (Math.min(computeMs, LONG) - this.typical) / 8;
  }
}

interface Pending {
  readonly owner: RunOwner;
  readonly finish: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
  readonly options: FailureOptions;
  readonly stopListening: (() => void) | undefined;
  /** It was asked to stop, and what to reject with. */
  stopped: { readonly reason: unknown } | undefined;
  /** Borrowed memory, which must not be collected before the run has ended. */
  readonly held: unknown;
}

/** By slot: the numbers that native code knows runs by. */
const pending: (Pending | undefined)[] = [];
const freeSlots: number[] = [];
let page: RunPage | undefined;
let writer: RequestWriter | undefined;

/**
 * Runs a session of this process once. The request's feeds are copied, or held, before this returns.
 *
 * @param toResult - Makes what the promise gives.
 */
export function run<T>(
  owner: RunOwner,
  session: number,
  request: RunRequest,
  toResult: (result: RunResult) => T,
  options: FailureOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    signal?.throwIfAborted();
    const addon = connect();
    page ??= toRunPage(addon.openRunPage());
    writer ??= new RequestWriter(page);
    const slot = freeSlots.pop() ?? pending.length;
    try {
      const { count, things, numbers } = writer.write(request);
      const { brief } = owner;
      addon.run(slot, session, count, things, numbers, brief);
      if (brief) watch();
      const held = request.borrow || request.targets ? things : undefined;
      const finish = (result: RunResult): void => resolve(toResult(result));
      const stopListening = signal && onAbort(signal, () => stop(slot, signal.reason));
      pending[slot] = { owner, finish, reject, options, held, stopListening, stopped: undefined };
    } catch (error) {
      pending[slot] = undefined;
      freeSlots.push(slot);
      throw error;
    }
  });
}

/** Stops this thread's runs of an owner, those that wait included. */
export function cancelRuns(owner: RunOwner): void {
  const reason = new DOMException('The session has been disposed of', 'AbortError');
  for (const [slot, entry] of pending.entries()) if (entry?.owner === owner) stop(slot, reason);
}

function stop(slot: number, reason: unknown): void {
  const entry = pending[slot] as Pending;
  const { owner, held, reject } = entry;
  entry.stopped ??= { reason };
  connect().cancelRun(slot);
  if (!owner.stopsRunning && held === undefined) reject(entry.stopped.reason);
}

/** Turns of the event loop for which results are expected without being told of them: some 50 µs, as being woken takes as long. */
const TURNS = 20;

let turnsLeft = 0;
let watching = false;

/** Looks for results at every turn of the event loop, which does what else it has to do as ever, for as long as it pays. */
function watch(): void {
  turnsLeft = TURNS;
  if (watching) return;
  watching = true;
  setImmediate(look);
}

function look(): void {
  turnsLeft -= 1;
  watching = turnsLeft > 0;
  if (watching) setImmediate(look);
  take();
}

function take(): void {
  const results = connect().takeRuns(watching);
  if (results !== undefined) readResults(results, page as RunPage, LISTENER);
}

const LISTENER: RunListener = { stayed, done, failed };

onWake(take);

function stayed(slot: number, tensor: NativeDeviceTensor): DeviceTensor {
  return new DeviceTensor(tensor, (pending[slot] as Pending).owner.deviceTensors);
}

function done(slot: number, result: RunResult): void {
  const { owner, finish, reject, stopped } = settle(slot);
  owner.record(result.computeMs);
  // The last operator may have been under way when it was asked to stop.
  if (stopped !== undefined) {
    for (const output of result.outputs) if (output instanceof DeviceTensor) output.dispose();
    reject(stopped.reason);
  } else {
    finish(result);
  }
}

function failed(slot: number, error: NativeError): void {
  const { reject, options } = settle(slot);
  reject(reasonOf(error, options));
}

function settle(slot: number): Pending {
  const entry = pending[slot] as Pending;
  pending[slot] = undefined;
  freeSlots.push(slot);
  entry.stopListening?.();
  return entry;
}
