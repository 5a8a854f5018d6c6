/** What a command says of a session before it runs it. */

import type { BackendReason, SessionBackend } from '../session/choose.js';
import type { Session } from '../session/session.js';
import { note } from './output.js';

/**
 * Says on stderr what executes a model, and why nothing better does.
 *
 * @param who - Put before each line, where a command has several sessions.
 */
export function sayBackend({ backend }: Session, who = ''): void {
  const reasons = backend.reasons.filter((reason) => !isOtherProduct(reason));
  for (const message of new Set(reasons.map((reason) => reason.message))) {
    const names = reasons.filter((reason) => reason.message === message).map((reason) => reason.backend);
    note(`${who}not on ${names.join(', ')}: ${message}`);
  }
  if (backend.standIn !== null) note(`${who}${backend.standIn} stands in for the engine`);
  note(`${who}running on ${showBackend(backend)} (${backend.library})`);
}

/** An engine file is for one product: nothing was passed over with the other. */
function isOtherProduct({ backend, code }: BackendReason): boolean {
  return backend.startsWith('tensorrt') && code === 'ENGINERY_BACKEND_UNAVAILABLE';
}

/** `onnxruntime 1.30.0`; `tensorrt-rtx 1.7.1.116, GPU 0 (…)`. */
export function showBackend({ name, version, implementation, device }: SessionBackend): string {
  if (device !== null) return `${name} ${version}, GPU ${device.index} (${device.name})`;
  return `${name} ${version}${implementation === 'worker' ? ', in a process of its own' : ''}`;
}
