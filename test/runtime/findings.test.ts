// @module-tag analysis
// @module-tag refused-models
/** Whether the real TensorRT-RTX refuses what the analysis of a model says that it refuses, and takes what it warns of. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { analyzeModel, buildEngine, type FindingKind } from '../../dist/index.js';
import { askParser } from '../support/ask-parser.js';
import { floats, graph, int64s, model, node, tensor, value } from '../support/onnx-writer.js';
import { REFUSED_BY_BUILDER, REFUSED_BY_PARSER } from '../support/refused-models.js';
import { one, small } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

beforeEach(async (context) => {
  await tensorrtRtx(context);
});

test.each([...REFUSED_BY_PARSER, ...REFUSED_BY_BUILDER])('the analysis refuses $name', async ({ kind, model }) => {
  const { findings } = await analyzeModel(model);
  expect(findings).toContainEqual(expect.objectContaining({ level: 'refused', kind }));
});

test('the parser refuses each of them', async (context) => {
  const folder = await temporaryFolder();
  const paths = REFUSED_BY_PARSER.map((_, i) => join(folder, `${i}.onnx`));
  for (const [i, { model }] of REFUSED_BY_PARSER.entries()) await writeFile(paths[i] as string, model);
  const answers = await askParser(await tensorrtRtx(context), paths);
  const named = (is: 'taken' | 'crashed'): string[] =>
    REFUSED_BY_PARSER.flatMap(({ name }, i) => (answers[i]?.[is] ? name : []));
  expect({ taken: named('taken'), crashed: named('crashed') }).toEqual({ taken: [], crashed: [] });
});

test.each(REFUSED_BY_BUILDER)('the builder refuses $name', async (it) => {
  const output = join(await temporaryFolder(), 'x.engine');
  await expect(buildEngine(it.model, { output })).rejects.toMatchObject({ code: 'ENGINERY_BUILD_FAILED' });
});

const scale = (...scales: number[]): ['float32', number[], Buffer] => ['float32', [scales.length], floats(scales)];

/** `y = x + 1`, three times. */
function loop(): Buffer {
  const body = graph({
    nodes: [node('Add', ['before', 'one'], ['after']), node('Identity', ['go_on'], ['still'])],
    initializers: [tensor({ name: 'one', type: 'float32', dims: [1], data: floats([1]) })],
    inputs: [value('i', 'int64', []), value('go_on', 'bool', []), value('before', 'float32', [4])],
    outputs: [value('still', 'bool', []), value('after', 'float32', [4])],
  });
  return model(
    graph({
      nodes: [node('Loop', ['times', 'yes', 'x'], ['y'], { body: { graph: body } })],
      initializers: [
        tensor({ name: 'times', type: 'int64', dims: [], data: int64s([3]) }),
        tensor({ name: 'yes', type: 'bool', dims: [], data: Buffer.from([1]) }),
      ],
      inputs: [value('x', 'float32', [4])],
      outputs: [value('y', 'float32', [4])],
    }),
  );
}

const quantized = [node('QuantizeLinear', ['x', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['y'])];

test.each<readonly [string, FindingKind, Buffer]>([
  ['float64', 'element-type', one('Exp', {}, { inputs: { x: ['float64', [4]] }, outputs: { y: ['float64', [4]] } })],
  [
    'a zero point of uint8 that is 0',
    'quantization',
    small(quantized, { weights: { s: scale(0.1), z: ['uint8', [1], Buffer.alloc(1)] } }),
  ],
  [
    'an activation that is quantized per channel',
    'quantization',
    small(quantized, { weights: { s: scale(0.1, 0.2, 0.3), z: ['int8', [3], Buffer.alloc(3)] } }),
  ],
  ['a loop', 'loop', loop()],
  [
    "an operator of a domain of one's own, known by its name",
    'custom-operator',
    small([node('Relu', ['x'], ['y'], {}, { domain: 'mine' })]),
  ],
])('TensorRT takes %s, and the analysis warns of it', async (_what, kind, bytes) => {
  const { findings } = await analyzeModel(bytes);
  expect(findings.filter(({ level }) => level === 'refused')).toEqual([]);
  expect(findings).toContainEqual(expect.objectContaining({ level: 'caution', kind }));
  await buildEngine(bytes, { output: join(await temporaryFolder(), 'x.engine') });
});
