/** Events for `node:diagnostics_channel`: what a service logs, counts and traces without touching its own code. */

import { type Channel, channel } from 'node:diagnostics_channel';
import type { Session } from './session.js';

/** What is published, by channel: `enginery:session:<event>`. */
export interface SessionEvents {
  /** A session was made. `model` is null where it came as bytes. */
  load: { readonly session: Session; readonly model: string | null; readonly milliseconds: number };
  /** A run has ended; `error` is what it rejected with. */
  run: {
    readonly session: Session;
    readonly rows: number;
    readonly queueMs: number;
    readonly computeMs: number;
    readonly error?: unknown;
  };
  /** A run found no slot free: it waits, or is refused. */
  queue: { readonly session: Session; readonly inFlight: number };
  /** A session was disposed of: its runs have ended. */
  dispose: { readonly session: Session };
}

const CHANNELS: Readonly<Record<keyof SessionEvents, Channel>> = {
  load: channel('enginery:session:load'),
  run: channel('enginery:session:run'),
  queue: channel('enginery:session:queue'),
  dispose: channel('enginery:session:dispose'),
};

/** Whether anybody listens. */
export function isHeard(event: keyof SessionEvents): boolean {
  return CHANNELS[event].hasSubscribers;
}

/** Tells whoever listens. */
export function publish<Event extends keyof SessionEvents>(event: Event, message: SessionEvents[Event]): void {
  if (isHeard(event)) CHANNELS[event].publish(message);
}
