import { spawn } from 'node:child_process';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  listObtained,
  removeObtained,
  type SetupProgress,
  setupLibrary,
} from '../../../dist/libraries/setup-library.js';
import {
  copyFrom,
  type FakeWheel,
  pathWithPip,
  pathWithPython,
  rtxWheel,
  writeWheel,
} from '../../support/fake-wheel.js';
import { isolatedHome } from '../../support/temporary.js';

const VERSION = '1.6.9.9';

interface Place {
  readonly home: string;
  readonly libraries: string;
}

/** A home, and a folder of wheels that is all the real pip can see. */
async function withRealPip(...wheels: FakeWheel[]): Promise<Place> {
  const home = await isolatedHome();
  for (const wheel of wheels) await writeWheel(join(home, 'wheels'), wheel);
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', join(home, 'wheels'));
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null');
  return { home, libraries: join(home, 'data/enginery/libraries') };
}

/** A home, and a pip that does nothing but download this wheel. */
async function withQuickPip(wheel?: FakeWheel): Promise<Place> {
  const home = await isolatedHome();
  if (wheel !== undefined) await writeWheel(join(home, 'wheels'), wheel);
  vi.stubEnv('PATH', await pathWithPip(join(home, 'bin'), copyFrom(join(home, 'wheels'))));
  return { home, libraries: join(home, 'data/enginery/libraries') };
}

describe('setupLibrary', () => {
  it('says what it will do, obtains the newest release that begins as asked, and keeps what matters', async () => {
    const { home, libraries } = await withRealPip(rtxWheel('1.6.1.1'), rtxWheel(VERSION), rtxWheel('1.7.0.1'));
    const seen: SetupProgress[] = [];
    const result = await setupLibrary('tensorrt-rtx', { version: '1.6', onProgress: (event) => seen.push(event) });

    const folder = join(libraries, `tensorrt-rtx-${VERSION}`);
    expect(result).toEqual({ path: join(folder, 'libtensorrt_rtx.so.1'), folder, version: VERSION, already: false });
    expect(await readFile(result.path, 'utf8')).toBe(`library ${VERSION}`);
    expect((await readdir(folder)).sort()).toEqual([
      'LICENSE.txt',
      'enginery.json',
      'libtensorrt_onnxparser_rtx.so.1',
      'libtensorrt_rtx.so.1',
    ]);
    expect(seen[0]).toMatchObject({
      phase: 'plan',
      plan: { vendor: 'NVIDIA', version: '1.6', licence: expect.stringContaining('proprietary'), folder: libraries },
    });
    expect(seen.at(-1)).toMatchObject({ phase: 'verify' });
    expect(await readdir(libraries)).toEqual([`tensorrt-rtx-${VERSION}`]);
    expect(await readdir(home)).not.toContain('.cache');
  });

  it('does nothing the second time, and needs no Python for that', async () => {
    await withQuickPip(rtxWheel(VERSION));
    const first = await setupLibrary('tensorrt-rtx', { version: VERSION });
    vi.stubEnv('PATH', '');
    expect(await setupLibrary('tensorrt-rtx', { version: VERSION })).toEqual({ ...first, already: true });
    expect(await setupLibrary('tensorrt-rtx', { version: '1.6' })).toEqual({ ...first, already: true });
  });

  it('repairs what has been damaged since', async () => {
    await withQuickPip(rtxWheel(VERSION));
    const { path } = await setupLibrary('tensorrt-rtx', { version: VERSION });
    await truncate(path, 3);
    expect(await listObtained()).toEqual([]);
    expect(await setupLibrary('tensorrt-rtx', { version: VERSION })).toMatchObject({ path, already: false });
    expect(await readFile(path, 'utf8')).toBe(`library ${VERSION}`);
  });

  it('may run twice at the same time', async () => {
    const { libraries } = await withQuickPip(rtxWheel(VERSION));
    const both = await Promise.all([1, 2].map(() => setupLibrary('tensorrt-rtx', { version: VERSION })));
    expect(both[0]?.path).toBe(both[1]?.path);
    expect(await readdir(libraries)).toEqual([`tensorrt-rtx-${VERSION}`]);
    expect(await listObtained()).toHaveLength(1);
  });

  it('obtains ONNX Runtime with the same code', async () => {
    const files = { 'onnxruntime/LICENSE': 'MIT', 'onnxruntime/capi/libonnxruntime.so.1.29.7': 'library' };
    await withQuickPip({ name: 'onnxruntime', version: '1.29.7', files });
    const { path } = await setupLibrary('onnxruntime', { version: '1.29.7' });
    expect(path).toMatch(/onnxruntime-1\.29\.7\/libonnxruntime\.so\.1\.29\.7$/);
    expect(await listObtained()).toMatchObject([{ product: 'onnxruntime', version: '1.29.7', path }]);
  });
});

describe('a package that is not intact is refused, and nothing stays', () => {
  const LIBRARY = 'tensorrt_rtx_libs/libtensorrt_rtx.so.1';
  it.each([
    ['changed', { [LIBRARY]: 'something else' }, /libtensorrt_rtx\.so\.1 differs from what its RECORD states/],
    ['added to', { 'tensorrt_rtx_libs/extra.so': 'x' }, /extra\.so is not in its RECORD/],
  ])('%s', async (_, changes, message) => {
    const { libraries } = await withQuickPip(rtxWheel(VERSION, changes));
    await expect(setupLibrary('tensorrt-rtx', { version: VERSION })).rejects.toMatchObject({
      code: 'ENGINERY_SETUP_FAILED',
      message: expect.stringMatching(message),
    });
    expect(await readdir(libraries)).toEqual([]);
  });

  it('without the library', async () => {
    const { libraries } = await withQuickPip({
      name: 'tensorrt_rtx_cu13_libs',
      version: VERSION,
      files: { 'a.py': '' },
    });
    await expect(setupLibrary('tensorrt-rtx', { version: VERSION })).rejects.toMatchObject({
      message: expect.stringContaining("does not hold TensorRT-RTX's library"),
    });
    expect(await readdir(libraries)).toEqual([]);
  });
});

describe('what goes wrong says what to do', () => {
  it('no Python', async () => {
    await withQuickPip();
    vi.stubEnv('PATH', '');
    await expect(setupLibrary('tensorrt-rtx')).rejects.toMatchObject({
      code: 'ENGINERY_SETUP_FAILED',
      message: expect.stringContaining('Python 3.8 or newer was not found'),
      hint: expect.stringContaining('python3-pip'),
    });
  });

  it('a Python without pip', async () => {
    const { home } = await withQuickPip();
    const path = await pathWithPython(join(home, 'bin'), '[ "$1" = -m ] && exit 1');
    vi.stubEnv('PATH', path.split(':')[0]);
    await expect(setupLibrary('tensorrt-rtx')).rejects.toMatchObject({
      code: 'ENGINERY_SETUP_FAILED',
      message: expect.stringContaining('python3 has no pip'),
    });
  });

  it('no network', async () => {
    const { libraries } = await withRealPip();
    vi.stubEnv('PIP_NO_INDEX', '0');
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
    await expect(setupLibrary('tensorrt-rtx', { version: VERSION })).rejects.toMatchObject({
      code: 'ENGINERY_SETUP_FAILED',
      message: expect.stringContaining('could not reach its package index'),
      hint: expect.stringContaining('proxy'),
    });
    expect(await readdir(libraries)).toEqual([]);
  });

  it('a release that does not exist', async () => {
    await withRealPip(rtxWheel(VERSION));
    await expect(setupLibrary('tensorrt-rtx', { version: '1.6.0.0' })).rejects.toMatchObject({
      code: 'ENGINERY_SETUP_FAILED',
      message: expect.stringContaining('tensorrt-rtx-cu13-libs==1.6.0.0'),
    });
  });

  it('a release that cannot be used, or no version at all', async () => {
    await withQuickPip();
    await expect(setupLibrary('tensorrt-rtx', { version: '1.4' })).rejects.toMatchObject({
      code: 'ENGINERY_LIBRARY_UNSUPPORTED',
    });
    for (const version of ['', 'latest', '1.7.1.116 --pre', '1.2.3.4.5']) {
      await expect(setupLibrary('tensorrt-rtx', { version })).rejects.toMatchObject({
        code: 'ENGINERY_INVALID_ARGUMENT',
      });
    }
  });

  it('a full disk', async () => {
    const { home, libraries } = await withQuickPip();
    const full =
      'echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"; exit 1';
    vi.stubEnv('PATH', await pathWithPip(join(home, 'bin'), full));
    await expect(setupLibrary('tensorrt-rtx', { version: VERSION })).rejects.toMatchObject({
      code: 'ENGINERY_DISK_FULL',
      hint: expect.stringContaining('XDG_DATA_HOME'),
    });
    expect(await readdir(libraries)).toEqual([]);
  });

  it('a data folder that cannot be one', async () => {
    const { home } = await withQuickPip();
    await writeFile(join(home, 'data'), 'a file');
    await expect(setupLibrary('tensorrt-rtx')).rejects.toMatchObject({ code: 'ENGINERY_OUTPUT_UNWRITABLE' });
  });
});

describe('interrupted', () => {
  it('by its signal, it stops at once and leaves nothing', async () => {
    const { home, libraries } = await withQuickPip(rtxWheel(VERSION));
    vi.stubEnv('PATH', await pathWithPip(join(home, 'bin'), 'exec sleep 60'));
    const controller = new AbortController();
    const setup = setupLibrary('tensorrt-rtx', {
      version: VERSION,
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'download' && controller.abort(),
    });
    await expect(setup).rejects.toThrow(/aborted/);
    expect(await readdir(libraries)).toEqual([]);
  });

  it.each(['plan', 'download', 'verify'])(
    'by a listener that throws in phase %s, it rejects with that',
    async (phase) => {
      const { home, libraries } = await withQuickPip(rtxWheel(VERSION));
      // A download is told of only while it lasts.
      if (phase === 'download') vi.stubEnv('PATH', await pathWithPip(join(home, 'slow'), 'exec sleep 60'));
      const setup = setupLibrary('tensorrt-rtx', {
        version: VERSION,
        onProgress: (progress) => {
          if (progress.phase === phase) throw new RangeError('mine');
        },
      });
      await expect(setup).rejects.toThrow(new RangeError('mine'));
      expect(await readdir(libraries)).toEqual([]);
    },
  );

  it('by a kill, the next setup cleans up', async () => {
    const { home, libraries } = await withQuickPip(rtxWheel(VERSION));
    const path = await pathWithPip(join(home, 'slow'), 'exec sleep 5');
    const args = ['dist/cli/main.js', 'setup', `tensorrt-rtx@${VERSION}`];
    const child = spawn(process.execPath, args, { env: { ...process.env, PATH: path }, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await vi.waitFor(async () => expect(await readdir(libraries)).toHaveLength(1), { timeout: 20_000, interval: 50 });
    child.kill('SIGKILL');
    await ended;
    expect(await listObtained()).toEqual([]);
    await setupLibrary('tensorrt-rtx', { version: VERSION });
    expect(await readdir(libraries)).toEqual([`tensorrt-rtx-${VERSION}`]);
  });
});

it('lists the newest first and removes what it is told to', async () => {
  const { home, libraries } = await withQuickPip(rtxWheel('1.6.9.9'));
  await setupLibrary('tensorrt-rtx', { version: '1.6.9.9' });
  await rm(join(home, 'wheels'), { recursive: true });
  await writeWheel(join(home, 'wheels'), rtxWheel('1.6.10.1'));
  await setupLibrary('tensorrt-rtx', { version: '1.6.10.1' });
  expect((await listObtained()).map(({ version }) => version)).toEqual(['1.6.10.1', '1.6.9.9']);
  expect(await removeObtained('tensorrt-rtx', '1.6.1')).toEqual([]);
  expect(await removeObtained('tensorrt-rtx', '1.6.9.9')).toMatchObject([{ version: '1.6.9.9' }]);
  expect(await readdir(libraries)).toEqual(['tensorrt-rtx-1.6.10.1']);
  expect(await removeObtained('onnxruntime')).toEqual([]);
  await removeObtained('tensorrt-rtx');
  expect(await readdir(libraries)).toEqual([]);
});
