/** binding.gyp's one action: for tools that only speak node-gyp. gyp owns build/Makefile, so CMake builds a folder deeper. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const [from, to] = [join(root, 'build/cmake/Release'), join(root, 'build/Release')];
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
const args = [cmakeJs, 'build', '--log-level', 'warn', '--out', 'build/cmake'];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  if (!/\.(node|so)$/.test(name)) continue;
  rmSync(join(to, name), { force: true });
  copyFileSync(join(from, name), join(to, name));
}
