/** Running two models side by side; see {@link compareSessions}. */

import { EngineryError } from '../errors.js';
import type { Feeds } from '../session/feeds.js';
import { feedGenerator } from '../session/random-feeds.js';
import type { ComparableSession, CompareOptions, Comparison, ComparisonFinding } from './compare-sessions.js';
import { convertFeeds, isConverted } from './convert-feeds.js';
import { OutputPair } from './output-pair.js';
import { type NamePair, type PairedNames, pairNames } from './pair-names.js';
import { checkThresholds, judge } from './thresholds.js';

/** Compares; see {@link compareSessions}. */
export async function compare(
  a: ComparableSession,
  b: ComparableSession,
  options: CompareOptions,
): Promise<Comparison> {
  const { thresholds = {}, signal } = options;
  checkThresholds(thresholds);
  const inputs = pairInputs(a, b);
  const outputs = pairNames(namesOf(a.outputs), namesOf(b.outputs));
  const pairs = outputs.pairs.map((names) => new OutputPair(names));
  let runs = 0;
  for await (const feeds of options.feeds ?? generated(a, options)) {
    const resultsA = await a.run(feeds, { signal });
    const resultsB = await b.run(await convertFeeds(feeds, inputs, b.inputs), { signal });
    for (const pair of pairs) {
      signal?.throwIfAborted();
      await pair.add(resultsA, resultsB, runs);
    }
    runs += 1;
  }
  if (runs === 0) throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'feeds: nothing to run the models with');
  const compared = pairs.map((pair) => pair.result());
  const findings = [...pairs.flatMap((pair) => pair.findings()), ...missing(outputs)];
  const failures = judge(compared, findings, thresholds);
  return {
    runs,
    outputs: compared,
    findings,
    notes: [...inOrder('input', inputs), ...inOtherTypes(a, b, inputs), ...inOrder('output', outputs.pairs)],
    failures,
    passed: failures.length === 0,
  };
}

function namesOf(values: ComparableSession['inputs']): string[] {
  return values.map(({ name }) => name);
}

/** B may do without inputs of A's, but needs no others. */
function pairInputs(a: ComparableSession, b: ComparableSession): readonly NamePair[] {
  const { pairs, onlyB } = pairNames(namesOf(a.inputs), namesOf(b.inputs));
  if (onlyB.length === 0) return pairs;
  throw new EngineryError(
    'ENGINERY_INVALID_ARGUMENT',
    `The models cannot be fed alike: B also has ${onlyB.map((name) => `"${name}"`).join(', ')}`,
    { details: { inputsOfA: namesOf(a.inputs), inputsOfB: namesOf(b.inputs) } },
  );
}

async function* generated(
  session: ComparableSession,
  { runs = 1, seed, shapes }: CompareOptions,
): AsyncGenerator<Feeds> {
  if (!Number.isSafeInteger(runs) || runs < 1) {
    throw new EngineryError('ENGINERY_INVALID_OPTION', `runs is ${runs}, expected an integer from 1 on`);
  }
  const next = feedGenerator(session.inputs, { seed, shapes });
  for (let run = 0; run < runs; run += 1) yield await next();
}

function missing({ onlyA, onlyB }: PairedNames): ComparisonFinding[] {
  const find = (names: readonly string[], side: string): ComparisonFinding[] =>
    names.map((output) => ({ output, kind: 'missing', message: `is an output of ${side} alone`, compared: false }));
  return [...find(onlyA, 'A'), ...find(onlyB, 'B')];
}

function inOrder(what: string, pairs: readonly NamePair[]): string[] {
  return pairs
    .filter(({ a, b }) => a !== b)
    .map(({ a, b }) => `${what} "${a}" of A is taken for "${b}" of B: names differ, so by order`);
}

function inOtherTypes(a: ComparableSession, b: ComparableSession, pairs: readonly NamePair[]): string[] {
  return pairs.flatMap((pair) => {
    const from = a.inputs.find(({ name }) => name === pair.a)?.type ?? null;
    const to = b.inputs.find(({ name }) => name === pair.b)?.type ?? null;
    return isConverted(from, to) ? [`input "${pair.a}" is ${from} in A, and converted to ${to} for B`] : [];
  });
}
