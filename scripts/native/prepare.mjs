/**
 * npm's `prepare`: builds the addon and the TypeScript of a checkout (or of a git dependency). Consumers of the published
 * package never run it.
 *
 * A missing tool is said in a line, and the rest is built all the same. ENGINERY_SKIP_NATIVE=1 leaves the native build out;
 * ENGINERY_REQUIRE_NATIVE=1 (in CI) makes its absence a failure.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cmakeJs } from './cmake.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Used by the native code, and absent from compilers that only half know C++20. */
const CXX20 = '#include <concepts>\n#include <semaphore>\n#include <span>\nint main() { return 0; }\n';

function say(...lines) {
  process.stderr.write(`${lines.map((line) => `enginery: ${line}`).join('\n')}\n`);
}

function needNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  say(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);
  process.exit(1);
}

/** What is missing for the native build, each as what to install. */
function missingTools() {
  const works = (tool, args, input) => spawnSync(tool, args, { input, encoding: 'utf8' });
  const missing = [];
  const compilers = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const compiles = (tool) => works(tool, ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], CXX20).status === 0;
  if (!compilers.some(compiles)) {
    missing.push(`a C++20 compiler (tried ${compilers.join(', ')}): install g++ 11 or newer, or clang 16 or newer`);
  }
  const cmake = /version (\d+)\.(\d+)/.exec(works('cmake', ['--version']).stdout ?? '');
  if (!cmake) missing.push('CMake: install cmake 3.21 or newer');
  else if (Number(cmake[1]) * 1000 + Number(cmake[2]) < 3021) {
    missing.push(`a newer CMake than ${cmake[1]}.${cmake[2]}: install cmake 3.21 or newer`);
  }
  if (!['ninja', 'make'].some((tool) => works(tool, ['--version']).status === 0)) {
    missing.push('make or ninja: install make');
  }
  return missing;
}

function buildNative() {
  const missing = missingTools();
  if (missing.length > 0) {
    say('the native addon is not built. Missing:', ...missing.map((line) => `  ${line}`));
    say('then run "npm run prepare". Without it, building engines and native CPU sessions do not work.');
    if (process.env.ENGINERY_REQUIRE_NATIVE === '1') process.exit(1);
    return;
  }
  if (!cmakeJs('build')) {
    say('the native build failed: see the messages above. ENGINERY_SKIP_NATIVE=1 leaves it out.');
    process.exit(1);
  }
  fillPrebuilds();
}

/** npm packs a git dependency by "files", which has no build/, and runs no prepack for it: the binaries must be here too. */
function fillPrebuilds() {
  const from = join(ROOT, 'build', 'Release');
  const to = join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (!/\.(node|so|dll|dylib)$/.test(name)) continue;
    rmSync(join(to, name), { force: true }); // never written over: a running process may have it mapped
    copyFileSync(join(from, name), join(to, name));
    spawnSync('strip', ['--strip-all', join(to, name)], { stdio: 'inherit' });
  }
}

function buildTypeScript() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  const cli = join(ROOT, 'dist', 'cli', 'main.js');
  if (existsSync(cli)) chmodSync(cli, 0o755);
}

needNode();
if (process.env.ENGINERY_SKIP_NATIVE !== '1') buildNative();
buildTypeScript();
