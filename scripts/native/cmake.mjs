/**
 * Builds the addon and its bridge modules with cmake-js, headers first. Every door to the native build leads here.
 *
 *     node scripts/native/cmake.mjs build [options of cmake-js]
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureHeaders } from './headers.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * @param {'build' | 'rebuild'} command
 * @param {...string} options of cmake-js
 * @returns {boolean} whether it worked; what went wrong is on stderr
 */
export function cmakeJs(command, ...options) {
  ensureHeaders();
  const program = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const run = (name) =>
    spawnSync(process.execPath, [program, name, '--log-level', 'warn', ...options], { cwd: ROOT, stdio: 'inherit' })
      .status === 0;
  // "build" alone configures only once, and would not see headers that have come since.
  return (command !== 'build' || run('configure')) && run(command);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command = 'build', ...options] = process.argv.slice(2);
  process.exitCode = cmakeJs(command, ...options) ? 0 : 1;
}
