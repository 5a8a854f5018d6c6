// @module-tag libraries
import { readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { findLibraries } from '../../dist/libraries/find.js';
import { listObtained } from '../../dist/libraries/setup-library.js';
import { fakeTensorRT } from '../support/shared-objects.js';
import { isolatedHome } from '../support/temporary.js';

/** The newest TensorRT-RTX that was obtained. */
async function realLibrary(): Promise<string | undefined> {
  return (await listObtained()).find(({ product }) => product === 'tensorrt-rtx')?.path;
}

it('takes a newer TensorRT-RTX once it has built a small network, and remembers that', async (context) => {
  const real = await realLibrary();
  if (real === undefined) return context.skip('needs TensorRT-RTX: npx enginery setup tensorrt-rtx');
  const home = await isolatedHome();
  const folder = join(home, 'newer');
  // The real library under a version that nobody has seen.
  const path = await fakeTensorRT(
    join(folder, 'libtensorrt_rtx.so.1'),
    '1.99.0.1',
    `#include <dlfcn.h>
     extern "C" void* createInferBuilder_INTERNAL(void* logger, int version) {
       void* real = dlopen("${real}", RTLD_NOW | RTLD_LOCAL);
       return ((void* (*)(void*, int))dlsym(real, "createInferBuilder_INTERNAL"))(logger, version);
     }
     extern "C" void* createInferRuntime_INTERNAL(void*, int) { return nullptr; }`,
  );
  const parser = 'libtensorrt_onnxparser_rtx.so.1';
  await symlink(join(dirname(real), parser), join(folder, parser));

  const [first] = await findLibraries('tensorrt-rtx', { path });
  expect(first).toMatchObject({ path, version: '1.99.0.1', family: 'rtx', build: { ok: true } });
  expect(await readdir(join(home, 'cache/enginery/trials'))).toHaveLength(1);

  // With no room for a child process to do anything, only the memory can answer.
  vi.stubEnv('NODE_OPTIONS', '--require=/absent.cjs');
  const [again] = await findLibraries('tensorrt-rtx', { path });
  expect(again?.build).toEqual({ ok: true });
});
