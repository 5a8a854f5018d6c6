import { expect, it } from 'vitest';
import { ONE_NODE_MODEL } from '../../../dist/libraries/one-node-model.js';
import { readModelInfo } from '../../../dist/onnx/model-info.js';

it('is a model of one node', async () => {
  expect(await readModelInfo(ONE_NODE_MODEL)).toMatchObject({
    irVersion: 8,
    opsets: [{ domain: 'ai.onnx', version: 17 }],
    nodes: 1,
    operators: { Relu: 1 },
    inputs: [{ name: 'x', type: 'float32', dims: [4] }],
    outputs: [{ name: 'y', type: 'float32', dims: [4] }],
  });
});
