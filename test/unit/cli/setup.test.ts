import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { command, type Finished } from '../../support/commands.js';
import { copyFrom, pathWithPip, rtxWheel, writeWheel } from '../../support/fake-wheel.js';
import { isolatedHome } from '../../support/temporary.js';

function setup(...args: string[]): Promise<Finished> {
  return command(process.execPath, ['dist/cli/main.js', 'setup', ...args]);
}

it('obtains, lists and removes a library; results on stdout, the rest on stderr', async () => {
  const home = await isolatedHome();
  await writeWheel(join(home, 'wheels'), rtxWheel('1.6.9.9'));
  vi.stubEnv('PATH', await pathWithPip(join(home, 'bin'), copyFrom(join(home, 'wheels'))));
  const folder = join(home, 'data/enginery/libraries/tensorrt-rtx-1.6.9.9');

  const first = await setup('tensorrt-rtx@1.6.9.9');
  expect(first).toMatchObject({
    status: 0,
    stdout: `TensorRT-RTX 1.6.9.9 is ready: ${folder}/libtensorrt_rtx.so.1\n`,
  });
  expect(first.stderr).toContain("NVIDIA's TensorRT-RTX 1.6.9.9: Python package tensorrt-rtx-cu13-libs");
  expect(first.stderr).toContain("licence: NVIDIA's proprietary licence");

  const second = await setup('tensorrt-rtx@1.6.9.9', '--json');
  expect(second).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(second.stdout)).toMatchObject({ product: 'tensorrt-rtx', version: '1.6.9.9', already: true });

  expect((await setup('--list')).stdout).toContain(`tensorrt-rtx 1.6.9.9`);
  expect((await setup('tensorrt-rtx', '--remove')).stdout).toContain(`removed tensorrt-rtx 1.6.9.9`);
  expect(await setup('tensorrt-rtx', '--remove')).toMatchObject({ status: 1 });
  expect(JSON.parse((await setup('--list', '--json')).stdout)).toEqual([]);
});

it('refuses what it does not know with exit code 2', async () => {
  await isolatedHome();
  for (const args of [[], ['tensorrt'], ['tensorrt-rtx@newest']]) {
    expect(await setup(...args)).toMatchObject({ status: 2, stdout: '' });
  }
});
