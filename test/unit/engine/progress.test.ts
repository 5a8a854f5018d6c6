import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BuildProgress } from '../../../dist/engine/options.js';
import { trackProgress } from '../../../dist/engine/progress.js';
import type { NativeProgress } from '../../../dist/native/binding.js';

const follow = (events: readonly NativeProgress[]): BuildProgress[] => {
  const seen: BuildProgress[] = [];
  const tracker = trackProgress((progress) => seen.push(progress));
  tracker.enter('Reading the model');
  for (const event of events) tracker.take(event);
  tracker.enter('Writing the engine');
  tracker.finish();
  return seen;
};

const phase = fc.constantFrom('a', 'b', 'c', 'd');
const anyEvent: fc.Arbitrary<NativeProgress> = fc.oneof(
  fc.record({
    event: fc.constant('start' as const),
    phase,
    parent: fc.constantFrom('', 'a', 'b', 'c', 'unknown'),
    steps: fc.integer({ min: -1, max: 1000 }),
  }),
  fc.record({ event: fc.constant('step' as const), phase, step: fc.integer({ min: 0, max: 1200 }) }),
  fc.record({ event: fc.constant('finish' as const), phase }),
);

test('whatever is reported, the fraction stays in [0, 1], never falls, and is 1 only at the end', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 200 }), (events) => {
      const fractions = follow(events).map(({ fraction }) => fraction);
      expect(fractions.at(-1)).toBe(1);
      for (const [index, fraction] of fractions.slice(0, -1).entries()) {
        expect(fraction).toBeGreaterThanOrEqual(index === 0 ? 0 : (fractions[index - 1] ?? 0));
        expect(fraction).toBeLessThan(1);
      }
    }),
  );
});

test('a phase inside another fills part of the step its parent is in', () => {
  const seen = follow([
    { event: 'start', phase: 'Building engine', parent: '', steps: 4 },
    { event: 'step', phase: 'Building engine', step: 0 },
    { event: 'start', phase: 'Optimizing graph', parent: 'Building engine', steps: 2 },
    { event: 'step', phase: 'Optimizing graph', step: 0 },
    { event: 'step', phase: 'Optimizing graph', step: 1 },
    { event: 'finish', phase: 'Optimizing graph' },
    { event: 'step', phase: 'Building engine', step: 1 },
  ]);
  const at = (name: string, step: number): number | undefined =>
    seen.find((progress) => progress.phase === name && progress.step === step)?.fraction;
  expect(at('Building engine', 1)).toBeCloseTo(0.05 + 0.9 * 0.25);
  expect(at('Optimizing graph', 1)).toBeCloseTo(0.05 + 0.9 * (0.25 + 0.25 * 0.25));
  expect(at('Building engine', 2)).toBeCloseTo(0.05 + 0.9 * 0.5);
});

test('thousands of steps are told as some hundred calls', () => {
  const steps = 100_000;
  const events: NativeProgress[] = [{ event: 'start', phase: 'a', parent: '', steps }];
  for (let step = 0; step < steps; step++) events.push({ event: 'step', phase: 'a', step });
  const seen = follow(events);
  expect(seen.length).toBeGreaterThan(100);
  expect(seen.length).toBeLessThan(600);
});
