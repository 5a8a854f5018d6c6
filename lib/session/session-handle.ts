/** A session as another thread hears of it. */

import type { Profile } from '../engine/profile.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { SessionBackend } from './choose.js';

/** What describes a session to other threads: plain data, which can be posted. */
export interface SessionHandle {
  /** Numbers are of one process: in another, this one may be another session's. */
  readonly pid: number;
  readonly number: number;
  readonly backend: SessionBackend;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Bounds of the feeds; none where none are declared. */
  readonly profiles: readonly Profile[];
}
