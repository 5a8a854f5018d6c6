/** What `enginery bench` prints for people: trtexec's summary as a table. Times are in milliseconds. */

import type { BenchResult, RunTimes } from '../bench/bench-session.js';
import type { Comparison } from '../bench/compare.js';
import type { LayerProfile } from '../bench/profile-layers.js';
import { latencyOf } from '../bench/result.js';
import type { Summary } from '../stats/summary.js';
import { print } from './output.js';

/** A measurement at one batch size. */
export interface BatchResult {
  readonly batch: number;
  readonly result: BenchResult;
}

/** The means of as many runs as `--avgRuns` says, one after the other. */
export interface Averages {
  readonly latency: number;
  readonly compute: number;
  readonly enqueue: number;
}

/** Prints one measurement. */
export function reportResult(result: BenchResult, percentiles: readonly number[], onGpu: boolean): void {
  print(`Throughput: ${rate(result.throughput)} qps`);
  const metrics: [string, Summary][] = [
    ['Latency', result.latency],
    ['Enqueue Time', result.enqueue],
    ['Compute Time', result.compute],
  ];
  const heads = percentiles.map((percent) => `${percent}%`);
  printTable(
    ['ms', 'min', 'max', 'mean', 'median', ...heads],
    metrics.map(([name, { min, max, mean, median, percentiles: values }]) => [
      name,
      ...[min, max, mean, median, ...percentiles.map((percent) => values[percent] ?? Number.NaN)].map(ms),
    ]),
  );
  print(`H2D and D2H Latency: ${onGpu ? 'part of Compute Time' : '0 on the CPU, where nothing is transferred'}`);
  print(`Total Host Walltime: ${result.seconds.toFixed(3)} s for ${result.runs} runs`);
}

/** Layers that are printed. */
const COSTLIEST = 10;

/** Prints the layers that take most. */
export function reportLayers({ runs, layers }: LayerProfile): void {
  const costliest = layers.toSorted((a, b) => b.timeMs - a.timeMs).slice(0, COSTLIEST);
  const total = layers.reduce((sum, { averageMs }) => sum + averageMs, 0);
  print(`Layers, over ${runs} profiled runs: ${costliest.length} of ${layers.length}`);
  // TensorRT's profiler gives none.
  const operators = layers.some(({ operator }) => operator !== '');
  const line = (name: string, operator: string, ...rest: string[]): string[] =>
    operators ? [name, operator, ...rest] : [name, ...rest];
  printTable(line('layer', 'operator', 'mean ms', 'median ms', '%'), [
    ...costliest.map(({ name, operator, averageMs, medianMs, percentage }) =>
      line(name, operator, ms(averageMs), ms(medianMs), percentage.toFixed(1)),
    ),
    line('all', '', ms(total), '', '100.0'),
  ]);
}

/** Prints a sweep of batch sizes. */
export function reportBatches(results: readonly BatchResult[]): void {
  printTable(
    ['batch', 'average ms', 'samples/s'],
    results.map(({ batch, result }) => [String(batch), ms(result.latency.mean), rate(batch * result.throughput)]),
  );
}

/** Prints both sides of a comparison. */
export function reportComparison({ ours, theirs, ratio, rounds }: Comparison, names: readonly [string, string]): void {
  printTable(
    ['', 'qps', 'median ms', 'mean ms', 'event loop busy'],
    [ours, theirs].map(({ throughput, latency, eventLoop }, i) => [
      names[i] ?? '',
      rate(throughput),
      ms(latency.median),
      ms(latency.mean),
      `${Math.round(eventLoop * 100)} %`,
    ]),
  );
  print(
    `${names[0]} to ${names[1]}: throughput ${ratio.throughput.toFixed(3)}, latency ${ratio.latency.toFixed(3)} ` +
      `(median over ${rounds} rounds)`,
  );
}

/** Averages over each `count` runs in turn, as trtexec's; what is left at the end is not averaged. */
export function averagesOf(times: readonly RunTimes[], count: number): Averages[] {
  return Array.from({ length: Math.floor(times.length / count) }, (_, group) => {
    const runs = times.slice(group * count, (group + 1) * count);
    const mean = (value: (run: RunTimes) => number): number => runs.reduce((sum, run) => sum + value(run), 0) / count;
    return {
      latency: mean(latencyOf),
      compute: mean(({ enqueued, end }) => end - enqueued),
      enqueue: mean(({ start, enqueued }) => enqueued - start),
    };
  });
}

/** Prints the averages over each `count` runs. */
export function reportAverages(averages: readonly Averages[], count: number): void {
  for (const { latency, compute, enqueue } of averages) {
    print(`Average on ${count} runs: Latency ${ms(latency)} ms (Compute ${ms(compute)} ms, Enqueue ${ms(enqueue)} ms)`);
  }
}

/** The first column to the left, numbers to the right. */
function printTable(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)));
  for (const line of [head, ...lines]) {
    const cells = line.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0)));
    print(cells.join('  ').trimEnd());
  }
}

function ms(value: number): string {
  return value.toFixed(3);
}

function rate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 100 ? 2 : 1);
}
