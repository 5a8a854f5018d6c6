/**
 * The C++ under sanitizers: GoogleTest, then scripts in Node that stress the addon. Twice, with address and undefined
 * behaviour first, with threads second. Nothing may be skipped, and no suite may be empty.
 *
 *     node scripts/test-native.mjs [asan|tsan]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureCudaHeader } from './native/cuda-header.mjs';
import { ensureHeaders } from './native/headers.mjs';
import { ROOT } from './tree.mjs';

const VARIANTS = [
  { name: 'asan', sanitize: 'address,undefined', library: 'libasan.so' },
  { name: 'tsan', sanitize: 'thread', library: 'libtsan.so' },
];

const SANITIZER_OPTIONS = {
  // Up to GCC 13 the search for leaks crashes where memory of a thread_local happens to lie as glibc 2.19 had it: it is not to
  // keep a list of that memory (google/sanitizers#1322). No leak goes unseen for it.
  ASAN_OPTIONS: 'detect_leaks=1:strict_string_checks=1:intercept_tls_get_addr=0',
  LSAN_OPTIONS: `suppressions=${join(ROOT, 'test/native/lsan.supp')}:print_suppressions=0`,
  UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  // Without halt_on_error a process with races ends with 0.
  TSAN_OPTIONS: `halt_on_error=1:exitcode=66:suppressions=${join(ROOT, 'test/native/tsan.supp')}`,
};

/** A case in GoogleTest's XML report: attributes of its tag, and what is inside. */
const CASE = /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;

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

/** The shared libraries that the C++ tests open. */
async function libraries() {
  const { resolveTensorRT } = await import('../dist/libraries/resolve.js');
  const tensorrt = await resolveTensorRT(); // says what to do where there is none
  const onnxruntime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return {
    ENGINERY_TENSORRT_RTX_LIBRARY: tensorrt.path,
    ENGINERY_ONNXRUNTIME_LIBRARY: join(
      onnxruntime,
      `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime.so.1`,
    ),
  };
}

/**
 * Runs the GoogleTest executables and counts cases, not executables. Skipped and disabled ones count as failed, and so does
 * an executable that leaves no report.
 */
function googleTests(build, env) {
  const reports = join(build, 'reports');
  rmSync(reports, { recursive: true, force: true });
  const options = ['--output-on-failure', '--timeout', '300', '--parallel', String(availableParallelism())];
  const fine = run('ctest', ['--test-dir', build, ...options], { ...SANITIZER_OPTIONS, ...env });
  let [passed, failed] = [0, 0];
  for (const file of readdirSync(reports)) {
    for (const [, attributes, rest] of readFileSync(join(reports, file), 'utf8').matchAll(CASE)) {
      if (attributes.includes('result="completed"') && !rest?.includes('<failure')) passed++;
      else {
        failed++;
        process.stdout.write(`not passed: ${file}: ${attributes.trim()}\n`);
      }
    }
  }
  if (passed + failed === 0) throw new Error(`${reports}: no test ran`);
  return { passed, failed: fine ? failed : Math.max(failed, 1) };
}

/** The addon in Node, with the sanitizer's run-time library loaded first. */
function stress({ name, library }, build, script, ...args) {
  const { stdout } = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' });
  const passed = run(process.execPath, [script, ...args], {
    ...SANITIZER_OPTIONS,
    LD_PRELOAD: realpathSync(stdout.trim()),
    ENGINERY_PREBUILD: build,
  });
  process.stdout.write(`${name}: ${script} ${passed ? 'passed' : 'FAILED'}\n`);
  return passed;
}

function testVariant(variant, env) {
  const build = join(ROOT, `build-${variant.name}`);
  const configured = run('cmake', [
    ...['-S', ROOT, '-B', build, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DENGINERY_TESTS=ON'],
    '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1', // at -O2 the sanitizers' checks take twice as long to compile
    `-DENGINERY_CUDA_INCLUDE=${ensureCudaHeader()}`,
    '-DENGINERY_EMULATOR=ON',
    `-DENGINERY_SANITIZE=${variant.sanitize}`,
    `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(build, 'build/Release')}`, // where node-gyp-build looks
  ]);
  if (!configured || !run('cmake', ['--build', build])) throw new Error(`${variant.name}: the build failed`);
  const counts = googleTests(build, env);
  const stressed = [
    stress(variant, build, 'test/native/stress.mjs'),
    stress(variant, build, 'test/native/stress-gpu.mjs', join(build, 'build/Release/emulator')),
  ];
  const passed = stressed.filter(Boolean).length;
  return { passed: counts.passed + passed, failed: counts.failed + stressed.length - passed };
}

const [only] = process.argv.slice(2);
const variants = VARIANTS.filter(({ name }) => only === undefined || name === only);
if (variants.length === 0) throw new Error(`${only}: expected ${VARIANTS.map(({ name }) => name).join(' or ')}`);
ensureHeaders();
if (!run('npm', ['run', '--silent', 'build:ts'])) process.exit(1);
const env = await libraries();
const totals = { passed: 0, failed: 0 };
for (const variant of variants) {
  const { passed, failed } = testVariant(variant, env);
  totals.passed += passed;
  totals.failed += failed;
}
process.stdout.write(`\ntest:native: ${totals.passed} passed, ${totals.failed} failed\n`);
process.exitCode = totals.failed === 0 ? 0 : 1;
