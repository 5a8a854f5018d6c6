import { expect, it } from 'vitest';
import { exportedProfile } from '../../../dist/bench/exports.js';
import { layerTimes } from '../../../dist/bench/layer-times.js';
import { parseEvent, type TraceEvent } from '../../../dist/bench/onnxruntime-trace.js';

const event = (name: string, start: number, duration: number, more: Partial<TraceEvent> = {}): TraceEvent => ({
  category: 'Node',
  name: `${name}_kernel_time`,
  thread: '1',
  start,
  duration,
  operator: 'Add',
  index: '0',
  ...more,
});
const RUN = event('', 0, 0, { category: 'Session', name: 'model_run', operator: undefined, index: undefined });

it('sums layers up over the runs that count', async () => {
  const { runs, layers } = await layerTimes(
    [
      event('a', 0, 9000),
      RUN,
      event('a', 10_000, 1000),
      event('b', 11_000, 2000, { operator: 'Conv' }),
      RUN,
      event('a', 20_000, 3000),
      event('b', 23_000, 4000, { operator: 'Conv' }),
      RUN,
      event('a', 30_000, 5000), // cut off
    ],
    1,
  );
  expect(runs).toBe(2);
  expect(layers).toEqual([
    { name: 'a', operator: 'Add', timeMs: 4, averageMs: 2, medianMs: 2, percentage: 40 },
    { name: 'b', operator: 'Conv', timeMs: 6, averageMs: 3, medianMs: 3, percentage: 60 },
  ]);
});

it('does not count what runs inside a layer twice, nor layers that a run does not come to', async () => {
  const loop = { operator: 'Loop', index: '7' };
  const { layers } = await layerTimes(
    [
      event('before', 100, 50),
      event('inner', 151, 20),
      event('inner', 172, 30),
      event('elsewhere', 160, 40, { thread: '2' }),
      event('loop', 150, 60, loop),
      RUN,
      event('before', 300, 50),
      RUN,
    ],
    0,
  );
  const times = layers.map(({ name, timeMs, medianMs }) => [name, timeMs, medianMs]);
  expect(times).toEqual([
    ['before', 0.1, 0.05],
    ['inner', 0.05, 0.025],
    ['elsewhere', 0.04, 0.02],
    ['loop', 0.01, 0.005],
  ]);
});

it('tells nodes of one name apart', async () => {
  const { layers } = await layerTimes([event('a', 0, 1), event('a', 1, 3, { index: '1' }), RUN], 0);
  expect(layers.map(({ percentage }) => percentage)).toEqual([25, 75]);
});

it('gives shares of nothing where no layer takes a microsecond', async () => {
  const { layers } = await layerTimes([event('a', 0, 0), RUN], 0);
  expect(layers).toEqual([{ name: 'a', operator: 'Add', timeMs: 0, averageMs: 0, medianMs: 0, percentage: 0 }]);
});

it('refuses a trace without a run that counts', async () => {
  await expect(layerTimes([event('a', 0, 1), RUN], 1)).rejects.toMatchObject({ code: 'ENGINERY_RUN_FAILED' });
});

it('is written with the keys of trtexec', async () => {
  const profile = await layerTimes([event('a', 0, 1000), RUN], 0);
  expect(exportedProfile(profile)).toEqual([
    { count: 1 },
    { name: 'a', timeMs: 1, averageMs: 1, medianMs: 1, percentage: 100 },
  ]);
});

it('reads names that ONNX Runtime writes as they are', () => {
  const line = (name: string): string =>
    `{"cat" : "Node","pid" :18188,"tid" :19870,"dur" :100,"ts" :47390,"ph" : "X","name" :"${name}","args" : ` +
    '{"provider" : "CPUExecutionProvider","node_index" : "3","op_name" : "MatMul","input_type_shape" : [{"float":[2,2]}]}},';
  for (const name of ['plain', 'a"b', 'a\\', '","args" : {"op_name" : "x"', 'two\nlines']) {
    expect(parseEvent(line(name))).toEqual({
      category: 'Node',
      name,
      thread: '19870',
      start: 47390,
      duration: 100,
      operator: 'MatMul',
      index: '3',
    });
  }
  expect(parseEvent('[')).toBeUndefined();
  expect(parseEvent(line('half').slice(0, -60))).toBeUndefined();
  const run = '{"cat" : "Session","pid" :1,"tid" :2,"dur" :255,"ts" :4,"ph" : "X","name" :"model_run","args" : {}}';
  expect(parseEvent(run)).toMatchObject({ category: 'Session', name: 'model_run', operator: undefined });
});
