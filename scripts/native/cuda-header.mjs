/**
 * Gets NVIDIA's cuda.h for the test that compares our declarations of the CUDA driver API with it. Nothing that is built
 * or packed needs it. The wheel comes with pip, held to its pinned digest; only the header is kept, in `.headers/cuda/`.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PIN = JSON.parse(readFileSync(join(ROOT, 'native/headers/headers.json'), 'utf8')).cuda;

function python(...args) {
  const { status, stderr, error } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`python3 ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** @returns {string} the folder with cuda.h */
export function ensureCudaHeader() {
  const folder = join(ROOT, '.headers', 'cuda');
  const origin = join(folder, 'origin');
  if (existsSync(origin) && readFileSync(origin, 'utf8') === PIN.wheelSha256) return folder;
  process.stderr.write(
    `enginery: cuda.h (${PIN.owner}, ${PIN.licence}), from the wheel ${PIN.wheel} ${PIN.version} (2.5 MB) by way of pip\n`,
  );
  mkdirSync(folder, { recursive: true });
  const temporary = mkdtempSync(join(ROOT, '.headers', 'wheel.'));
  try {
    const requirements = join(temporary, 'requirements.txt');
    writeFileSync(requirements, `${PIN.wheel}==${PIN.version} --hash=sha256:${PIN.wheelSha256}\n`);
    const platform = ['--platform', PIN.platform, '--only-binary', ':all:'];
    python(
      '-m',
      'pip',
      'download',
      '-q',
      '--no-deps',
      '--require-hashes',
      ...platform,
      '-d',
      temporary,
      '-r',
      requirements,
    );
    const wheel = readdirSync(temporary).find((name) => name.endsWith('.whl'));
    python('-m', 'zipfile', '-e', join(temporary, wheel), temporary);
    copyFileSync(join(temporary, PIN.header), join(folder, 'cuda.h'));
    writeFileSync(origin, PIN.wheelSha256);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
