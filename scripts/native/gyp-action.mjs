/** binding.gyp's one action: for tools that only speak node-gyp. gyp owns build/Makefile, so CMake builds a folder deeper. */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cmakeJs } from './cmake.mjs';

const root = join(import.meta.dirname, '..', '..');
const [from, to] = [join(root, 'build/cmake/Release'), join(root, 'build/Release')];
if (!cmakeJs('build', '--out', 'build/cmake')) process.exit(1);
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  if (!/\.(node|so)$/.test(name)) continue;
  rmSync(join(to, name), { force: true });
  copyFileSync(join(from, name), join(to, name));
}
