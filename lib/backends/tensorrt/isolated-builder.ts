/** Building in a process of its own, for models that may be made to harm: what crashes NVIDIA's code there harms nobody. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineryError } from '../../errors.js';
import type { NativeError, NativeLogLine, NativeProgress } from '../../native/binding.js';
import type { NativeBuildResult } from '../../native/build-types.js';
import type { PlanBuild, PlanBuildHooks } from './builder.js';

/** What the parent asks for. */
export interface IsolatedBuild {
  readonly build: PlanBuild;
  readonly progress: boolean;
  readonly log: boolean;
}

/** What the child says. The last two end it. */
export type IsolatedAnswer =
  | { readonly kind: 'progress'; readonly value: NativeProgress }
  | { readonly kind: 'log'; readonly value: NativeLogLine }
  | { readonly kind: 'done'; readonly value: NativeBuildResult }
  | { readonly kind: 'failed'; readonly error: NativeError };

/** Of what the child printed, for the error. */
const MOST_OUTPUT = 4096;

/** As `buildPlan`, in a child process that ends with the signal, or with this process. */
export function buildPlanInChild(build: PlanBuild, hooks: PlanBuildHooks): Promise<NativeBuildResult> {
  const { signal } = hooks;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let ended = false;
    let printed = '';
    // No arguments for Node from this process: --inspect, say, would claim the same port.
    const child = fork(fileURLToPath(new URL('./isolated-builder-child.js', import.meta.url)), [], {
      execArgv: [],
      serialization: 'advanced', // a model may be bytes
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    const end = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      signal?.removeEventListener('abort', stop);
      settle();
    };
    signal?.addEventListener('abort', stop, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-MOST_OUTPUT);
    });
    child.on('message', (answer: IsolatedAnswer) => {
      if (answer.kind === 'progress') hooks.onProgress?.(answer.value);
      else if (answer.kind === 'log') hooks.onLog?.(answer.value);
      else if (answer.kind === 'done') end(() => resolve(answer.value));
      else end(() => reject(hooks.toError(answer.error)));
    });
    child.once('error', (cause) => {
      const message = `The process to build in could not be started: ${cause.message}`;
      end(() => reject(new EngineryError('ENGINERY_BUILD_FAILED', message, { cause })));
    });
    child.once('close', (code, killedBy) => {
      end(() => reject(signal?.aborted ? signal.reason : crashed(code, killedBy, printed)));
    });
    const request: IsolatedBuild = {
      build,
      progress: hooks.onProgress !== undefined,
      log: hooks.onLog !== undefined,
    };
    child.send(request, (error) => {
      if (error !== null) stop(); // it has gone already: 'close' says how
    });
  });
}

function crashed(exitCode: number | null, signal: NodeJS.Signals | null, printed: string): EngineryError {
  const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
  return new EngineryError('ENGINERY_BUILD_CRASHED', `The process that TensorRT built in ${how}`, {
    details: { exitCode, signal, printed },
  });
}
