// @module-tag commands
/** `enginery compare` with an engine that TensorRT-RTX built, on the CPU: the model behind it runs. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildEngine } from '../../dist/index.js';
import { command, ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

test('takes an engine for A, for B, and for both', async (context) => {
  await tensorrtRtx(context);
  const folder = await temporaryFolder();
  const [model, engine] = [join(folder, 'digits.onnx'), join(folder, 'digits.engine')];
  await copyFile(join(ROOT, 'examples/digits/digits.onnx'), model);
  await buildEngine(model, { output: engine });
  const sides: [string, string][] = [
    [engine, model],
    [model, engine],
    [engine, engine],
  ];
  for (const [a, b] of sides) {
    const args = ['compare', a, b, '--backend=cpu', '--max-abs=0', '--json'];
    const { status, stdout } = await command(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      a: { model: a, backend: { standIn: a === engine ? model : null } },
      b: { model: b, backend: { standIn: b === engine ? model : null } },
      outputs: [{ name: 'logits' }],
    });
  }
});
