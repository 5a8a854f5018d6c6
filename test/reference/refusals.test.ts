// @module-tag analysis
// @module-tag tensorrt
/** Whether TensorRT-RTX refuses those of ONNX's node tests that the analysis says it refuses, and how many it foresees. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { analyzeModel, buildEngine, EngineryError } from '../../dist/index.js';
import { resolveTensorRT } from '../../dist/libraries/resolve.js';
import { askParser } from '../support/ask-parser.js';
import { nodeTests } from '../support/node-tests.js';
import { temporaryFolder } from '../support/temporary.js';

/** Measured with TensorRT-RTX 1.7.1: 595 of 662. */
const FORESEEN = 0.88;

async function isForeseen(model: Buffer): Promise<boolean> {
  const { findings } = await analyzeModel(model);
  return findings.some(({ level }) => level === 'refused');
}

test('the analysis refuses no node test that TensorRT takes, and most that it refuses', async () => {
  const tests = await nodeTests(inject('nodeTests'));
  const library = inject('tensorrtRtx');
  const folder = await temporaryFolder();
  const paths = tests.map(({ name }) => join(folder, `${name}.onnx`));
  for (const [i, { model }] of tests.entries()) await writeFile(paths[i] as string, model);
  const answers = await askParser(await resolveTensorRT({ path: library }), paths);
  const wrong: string[] = [];
  let refused = 0;
  let foreseen = 0;
  let byBuilder = 0;
  for (const [i, { name, model }] of tests.entries()) {
    const taken = answers[i]?.taken === true;
    const expected = await isForeseen(model);
    if (!taken) refused += 1;
    if (!taken && expected) foreseen += 1;
    if (!taken || !expected) continue;
    // What the parser takes the builder may refuse yet.
    const error = await buildEngine(model, { output: join(folder, 'x.engine'), library }).catch((reason) => reason);
    if (error instanceof EngineryError && error.code === 'ENGINERY_BUILD_FAILED') byBuilder += 1;
    else wrong.push(name);
  }
  const crashes = answers.filter(({ crashed }) => crashed).length;
  console.log(
    `ONNX's node tests: foreseen ${foreseen} of ${refused} refused, and ${byBuilder} that the builder refuses; ${crashes} crashes`,
  );
  expect(wrong).toEqual([]);
  expect(foreseen / refused).toBeGreaterThanOrEqual(FORESEEN);
});
