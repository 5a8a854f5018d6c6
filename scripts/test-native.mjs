/**
 * The C++ under sanitizers: GoogleTest, then one script in Node that stresses the addon. Twice, with address and undefined
 * behaviour first, with threads second. Nothing may be skipped, and no suite may be empty.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ensureHeaders } from './native/headers.mjs';
import { ROOT } from './tree.mjs';

const VARIANTS = [
  { name: 'asan', sanitize: 'address,undefined', library: 'libasan.so' },
  { name: 'tsan', sanitize: 'thread', library: 'libtsan.so' },
];

const SANITIZER_OPTIONS = {
  ASAN_OPTIONS: 'detect_leaks=1:strict_string_checks=1',
  LSAN_OPTIONS: `suppressions=${join(ROOT, 'test/native/lsan.supp')}:print_suppressions=0`,
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  // Without halt_on_error a process with races ends with 0.
  TSAN_OPTIONS: `halt_on_error=1:exitcode=66:suppressions=${join(ROOT, 'test/native/tsan.supp')}`,
};

function run(program, args, env = {}) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  if (signal) process.stderr.write(`${program}: ended by ${signal}\n`);
  return status === 0;
}

/** The shared library that the tests of native/ort open: the one in the development dependency. */
function onnxRuntime() {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return join(folder, `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime.so.1`);
}

/** @returns {{ passed: number, failed: number }} of the GoogleTest suites, by ctest's own report */
function googleTests(build) {
  const report = join(build, 'results.xml');
  rmSync(report, { force: true });
  run('ctest', ['--test-dir', build, '--output-on-failure', '--output-junit', report], {
    ...SANITIZER_OPTIONS,
    ENGINERY_ONNXRUNTIME_LIBRARY: onnxRuntime(),
  });
  const head = readFileSync(report, 'utf8').slice(0, 2000);
  const count = (name) => Number(new RegExp(`<testsuite[^>]*\\s${name}="(\\d+)"`).exec(head)?.[1] ?? Number.NaN);
  const [tests, failed, skipped, disabled] = ['tests', 'failures', 'skipped', 'disabled'].map(count);
  if (!(tests > 0)) throw new Error(`${report}: no test ran`);
  if (skipped > 0) process.stderr.write(`${skipped} native tests were skipped: that counts as failing\n`);
  return { passed: tests - failed - skipped - disabled, failed: failed + skipped + disabled };
}

/** The addon in Node, with the sanitizer's run-time library loaded first. */
function stress({ library }, build) {
  const { stdout } = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' });
  return run(process.execPath, ['test/native/stress.mjs'], {
    ...SANITIZER_OPTIONS,
    LD_PRELOAD: realpathSync(stdout.trim()),
    ENGINERY_PREBUILD: build,
  });
}

function testVariant(variant) {
  const build = join(ROOT, `build-${variant.name}`);
  const configured = run('cmake', [
    ...['-S', ROOT, '-B', build, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DENGINERY_TESTS=ON'],
    `-DENGINERY_SANITIZE=${variant.sanitize}`,
    `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(build, 'build/Release')}`, // where node-gyp-build looks
  ]);
  if (!configured || !run('cmake', ['--build', build])) throw new Error(`${variant.name}: the build failed`);
  const counts = googleTests(build);
  const stressed = stress(variant, build);
  process.stdout.write(`${variant.name}: stress script ${stressed ? 'passed' : 'FAILED'}\n`);
  return { passed: counts.passed + (stressed ? 1 : 0), failed: counts.failed + (stressed ? 0 : 1) };
}

ensureHeaders('rtx');
if (!run('npm', ['run', '--silent', 'build:ts'])) process.exit(1);
const totals = { passed: 0, failed: 0 };
for (const variant of VARIANTS) {
  const { passed, failed } = testVariant(variant);
  totals.passed += passed;
  totals.failed += failed;
}
process.stdout.write(`\ntest:native: ${totals.passed} passed, ${totals.failed} failed\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
