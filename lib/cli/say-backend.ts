/** What executes a session, on stderr. */

import type { Session } from '../session/session.js';
import { note } from './output.js';

/** Says what runs the model, and why each backend before it was passed over. */
export function sayBackend({ backend }: Pick<Session, 'backend'>): void {
  for (const message of new Set(backend.reasons.map((reason) => reason.message))) {
    const names = backend.reasons.filter((reason) => reason.message === message).map((reason) => reason.backend);
    note(`not on ${names.join(', ')}: ${message}`);
  }
  note(`running on ${backend.name} ${backend.version} (${backend.library})`);
}
