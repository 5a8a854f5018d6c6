/**
 * One overall fraction from TensorRT's nested phases.
 *
 * A phase has a number of steps; a phase inside another belongs to the step its parent is in. TensorRT does not say how long
 * a step takes, so steps of one phase count alike; nor how many phases a step holds, so each gets half of what is left of
 * the step. The fraction never falls: phases may be skipped, start again under the same name, or report from several threads.
 */

import type { NativeProgress } from '../native/binding.js';
import type { BuildProgress } from './options.js';

/** Share of the whole that is over before TensorRT reports its first phase (reading, parsing), and after its last. */
const BEFORE = 0.05;
const AFTER = 0.05;

/** Less progress than this is not worth a call, unless the phase changes. */
const LEAST_GAIN = 0.002;

interface Phase {
  readonly name: string;
  readonly steps: number;
  readonly parent: Phase | undefined;
  done: number;
  /** How much of its current step is over, by the phases inside it: 0 to 1. */
  inside: number;
  /** What `inside` of the parent was when this phase began. */
  readonly base: number;
}

/** Takes what the addon reports, and tells the listener. */
export interface ProgressTracker {
  /** Something of our own began: reading the model, writing the manifest. */
  enter(phase: string): void;
  /** TensorRT reported. */
  take(progress: NativeProgress): void;
  /** The engine is in place. */
  finish(): void;
}

/**
 * Starts tracking one build.
 *
 * @param listener is called with a fraction in [0, 1] that never falls and is 1 only from {@link ProgressTracker.finish}
 */
export function trackProgress(listener: (progress: BuildProgress) => void): ProgressTracker {
  const open: Phase[] = [];
  let fraction = 0;
  let told = -1;
  let toldPhase = '';

  const tell = (phase: string, step: number, steps: number): void => {
    if (phase === toldPhase && fraction - told < LEAST_GAIN && fraction < 1) return;
    told = fraction;
    toldPhase = phase;
    listener({ phase, step, steps, fraction });
  };
  const advance = (phase: Phase): void => {
    let share = completed(phase);
    let top = phase;
    for (let inner = phase; inner.parent !== undefined; inner = inner.parent) {
      const { parent } = inner;
      parent.inside = Math.max(parent.inside, inner.base + ((1 - inner.base) * share) / 2);
      share = completed(parent);
      top = parent;
    }
    if (top === open[0]) fraction = Math.max(fraction, BEFORE + share * (1 - BEFORE - AFTER));
    tell(phase.name, Math.min(phase.done, phase.steps), phase.steps);
  };

  return {
    enter(phase) {
      tell(phase, 0, 1);
    },
    take(progress) {
      // The innermost of that name: TensorRT names phases, it does not number them.
      const phase = open.findLast((candidate) => candidate.name === progress.phase);
      if (progress.event === 'start') {
        const parent = open.findLast((candidate) => candidate.name === progress.parent);
        const steps = Math.max(progress.steps ?? 1, 1);
        const started = { name: progress.phase, steps, parent, done: 0, inside: 0, base: parent?.inside ?? 0 };
        open.push(started);
        advance(started);
      } else if (phase !== undefined && progress.event === 'step') {
        phase.done = Math.max(phase.done, (progress.step ?? 0) + 1);
        phase.inside = 0;
        advance(phase);
      } else if (phase !== undefined) {
        phase.done = phase.steps;
        phase.inside = 0;
        advance(phase);
        open.splice(open.indexOf(phase), 1);
      }
    },
    finish() {
      fraction = 1;
      tell('Done', 1, 1);
    },
  };
}

/** Of one phase: 0 to 1. */
function completed(phase: Phase): number {
  return Math.min((phase.done + phase.inside) / phase.steps, 1);
}
