/** What a command says of a session before it runs it. */

import type { Session } from '../session/session.js';
import { note } from './output.js';

/** Says on stderr what executes a model, and why nothing better does. */
export function sayBackend({ backend }: Session): void {
  for (const message of new Set(backend.reasons.map((reason) => reason.message))) {
    const names = backend.reasons.filter((reason) => reason.message === message).map((reason) => reason.backend);
    note(`not on ${names.join(', ')}: ${message}`);
  }
  const worker = backend.implementation === 'worker' ? ', in a process of its own' : '';
  note(`running on ${backend.name} ${backend.version}${worker} (${backend.library})`);
}
