/** Checks the C++ with clang-format, or rewrites it with `--write`. */
import { spawnSync } from 'node:child_process';
import { files, ROOT } from './tree.mjs';

const args = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror'];
const sources = files(/^native\/.*\.(h|cpp)$/);
const { status, error } = spawnSync('clang-format', [...args, ...sources], { cwd: ROOT, stdio: 'inherit' });
if (error) {
  process.stderr.write(`clang-format cannot run (${error.message}): install it, with apt-get install clang-format\n`);
}
process.exitCode = status ?? 1;
