/** ONNX's own tests of its operators: a folder for each, with a model and what goes in and out of it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Initializer } from '../../dist/onnx/graph.js';
import { readGraph } from '../../dist/onnx/read-graph.js';
import type { ElementType } from '../../dist/tensor/element-type.js';
import { bytes, graph, model } from './onnx-writer.js';

export interface NodeTest {
  readonly name: string;
  /** As exporters write it: small inputs such as axes, shapes and scales are constants. */
  readonly model: Buffer;
  /** What comes out, in the order of the model's outputs; null where not all that goes in and out are tensors. */
  readonly outputs: readonly Initializer[] | null;
}

const CONSTANT_TYPES: readonly (ElementType | null)[] = ['int64', 'int32', 'float32', 'bool'];
const MAX_CONSTANT = 64;

/** All tests below a folder, by name. */
export async function nodeTests(folder: string): Promise<NodeTest[]> {
  const tests: NodeTest[] = [];
  for (const name of (await readdir(folder)).sort()) tests.push(await nodeTest(join(folder, name), name));
  return tests;
}

async function nodeTest(folder: string, name: string): Promise<NodeTest> {
  const file = await readFile(join(folder, 'model.onnx'));
  const { inputs, outputs } = (await readGraph(file)).graph;
  if ([...inputs, ...outputs].some(({ kind }) => kind !== 'tensor')) return { name, model: file, outputs: null };
  const data = (what: string, values: readonly unknown[]): Promise<Buffer[]> =>
    Promise.all(values.map((_, i) => readFile(join(folder, `test_data_set_0/${what}_${i}.pb`))));
  const given = await data('input', inputs);
  const tensors = await readTensors(given);
  const constants = given.flatMap((tensor, i) =>
    // Of fields that are there twice, the last counts.
    isConstant(tensors[i], i) ? Buffer.concat([tensor, bytes(8, inputs[i]?.name ?? '')]) : [],
  );
  // Parts of a message in two places are one message.
  const added = bytes(7, graph({ initializers: constants }));
  return { name, model: Buffer.concat([file, added]), outputs: await readTensors(await data('output', outputs)) };
}

function isConstant(tensor: Initializer | undefined, at: number): boolean {
  if (tensor === undefined || tensor.elements > MAX_CONSTANT || !CONSTANT_TYPES.includes(tensor.type)) return false;
  return at > 0 || tensor.type === 'int64';
}

/** Reads tensors that are files of their own, as those of a model. */
async function readTensors(files: readonly Buffer[]): Promise<readonly Initializer[]> {
  return (await readGraph(model(graph({ initializers: files })))).graph.initializers;
}
