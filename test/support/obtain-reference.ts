/** Obtains what `npm run test:reference` compares with: ONNX's node tests from its wheel, kept in the user's cache, and TensorRT-RTX. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { cacheFolder } from '../../dist/libraries/folders.js';
import { downloadWheel, findPip } from '../../dist/libraries/pip.js';
import { setupLibrary } from '../../dist/libraries/setup-library.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder with a folder for each of ONNX's node tests. */
    nodeTests: string;
    /** The library of the TensorRT-RTX that the analysis was measured with. */
    tensorrtRtx: string;
  }
}

const ONNX = '1.22.0';
const TENSORRT_RTX = '1.7.1.116';
/** The files are the same for every Python: any one's pip may fetch this wheel. */
const PLATFORM = ['--implementation', 'cp', '--python-version', '3.12', '--platform', 'manylinux_2_28_x86_64'];

export default async function setup(project: TestProject): Promise<void> {
  project.provide('nodeTests', await obtainNodeTests());
  project.provide('tensorrtRtx', (await setupLibrary('tensorrt-rtx', { version: TENSORRT_RTX })).path);
}

async function obtainNodeTests(): Promise<string> {
  const folder = join(cacheFolder(), 'test-reference', `onnx-${ONNX}`);
  if (existsSync(folder)) return folder;
  console.log(`ONNX ${ONNX}: the Linux Foundation's, under Apache-2.0 (19 MB)`);
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const pip = await findPip();
    const wheel = await downloadWheel(pip, { requirement: `onnx==${ONNX}`, arguments: PLATFORM, folder: temporary });
    execFileSync(pip.python, ['-m', 'zipfile', '-e', wheel, temporary], { stdio: 'inherit' });
    renameSync(join(temporary, 'onnx/backend/test/data/node'), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
