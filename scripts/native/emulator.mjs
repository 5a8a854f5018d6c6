/**
 * Builds the emulated CUDA driver and TensorRT libraries that tests run on where there is no GPU, without sanitizers, into
 * `build-emulator/`. Headers first.
 *
 *     node scripts/native/emulator.mjs
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCudaHeader } from './cuda-header.mjs';
import { ensureHeaders } from './headers.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const BUILD = join(ROOT, 'build-emulator');
/** What copies over a driver alone, without Node. */
const TEST = 'driver_only_test';
const FAMILIES = ['rtx', 'ent11', 'ent10'];
const TARGETS = FAMILIES.flatMap((family) => [`emulated_tensorrt_${family}`, `emulated_parser_${family}`]);

function cmake(...args) {
  const { status, error } = spawnSync('cmake', args, { cwd: ROOT, stdio: ['ignore', 2, 'inherit'] });
  if (status !== 0) throw new Error(`cmake ${args[0]} failed${error ? `: ${error.message}` : ''}`);
}

/**
 * @param {string[]} more - targets besides the emulator
 * @returns {string} the folder with `libcuda.so.1`, `control.node` that steers it, `driver/libcuda.so.1`, which has no functions but
 * CUDA's, and a folder of libraries for each family of TensorRT. Beside it lies `driver_only_test`, a GoogleTest
 */
export function buildEmulator(more = []) {
  if (ensureHeaders(FAMILIES).length < FAMILIES.length) {
    throw new Error('The emulator is made of the TensorRT headers of all families: see above which are missing');
  }
  cmake(
    ...['-S', ROOT, '-B', BUILD, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release'],
    ...['-DENGINERY_EMULATOR=ON', '-DENGINERY_ADDON=OFF', `-DENGINERY_CUDA_INCLUDE=${ensureCudaHeader()}`],
    ...['-DENGINERY_TESTS=ON', `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${BUILD}`],
  );
  cmake(
    '--build',
    BUILD,
    '--target',
    'emulated_cuda',
    'emulated_cuda_alone',
    'emulator_control',
    ...TARGETS,
    TEST,
    ...more,
  );
  return join(BUILD, 'emulator');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${buildEmulator()}\n`);
