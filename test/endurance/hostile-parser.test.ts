/** Broken models through the real parser of TensorRT-RTX, in processes of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/commands.js';
import * as generated from '../support/models.js';
import { mutate } from '../support/mutations.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const COUNT = 2000;
const PARSE = join(ROOT, 'test/support/parse-mutations.mjs');
const TIME_LIMIT_MS = 60_000;

interface Ended {
  /** The last model that was begun; null when all were over. */
  readonly at: number | null;
  readonly how: string;
}

async function parse(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [PARSE, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const lines = text.trim().split('\n');
  const last = lines.at(-1);
  return last === 'ok' ? { at: null, how: 'ended' } : { at: Number(last), how: String(signal ?? code) };
}

test(`${COUNT} mutations reach NVIDIA's parser, and what it does with them stays in its process`, async (context) => {
  const { path, parserPath } = await tensorrtRtx(context);
  const digits = await readFile(join(ROOT, 'examples/digits/digits.onnx'));
  const models = [digits, generated.identity(), generated.multiInput(), generated.int8Qdq(), generated.uint8Qdq()];
  const folder = await temporaryFolder();
  for (let seed = 0; seed < COUNT; seed++) await writeFile(join(folder, `${seed}.onnx`), mutate(models, seed));

  const crashes: Ended[] = [];
  for (let from = 0; from < COUNT; ) {
    const ended = await parse([path, parserPath, folder, String(from), String(COUNT)]);
    if (ended.at === null) break;
    crashes.push(ended);
    expect(ended.at).toBeGreaterThanOrEqual(from);
    from = ended.at + 1;
  }
  const list = crashes.map(({ at, how }) => `${at}: ${how}`).join(', ');
  console.log(`${COUNT} models, ${crashes.length} of them ended the parser's process${list && ` (${list})`}`);
  expect(crashes.length).toBeLessThan(COUNT / 10);
});
