/**
 * Everything that can be judged without running the code: format, lint, types, direction of imports, size of files, and
 * which native code includes what. One line per check; what a failed one has to say follows it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { proofComplaint } from './proof.mjs';
import { files, ROOT } from './tree.mjs';

const MAX_LINES = 300;

/** Runs a program of node_modules, or Node itself; gives what it said when it failed, else null. */
function run(program, ...args) {
  const file = program === 'node' ? process.execPath : join(ROOT, 'node_modules', '.bin', program);
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? null : `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`;
}

/** `complaints` as the outcome of a check. */
const outcome = (complaints) => (complaints.length === 0 ? null : complaints.join('\n'));

const read = (path) => readFileSync(join(ROOT, path), 'utf8');

function shortFiles() {
  return outcome(
    files(/^(lib|native|test|bench|scripts|examples)\/.*\.(ts|mjs|cjs|h|cpp|py)$/)
      .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES)
      .map(({ path, lines }) => `${path}: ${lines} lines, more than ${MAX_LINES}: split it by concept`),
  );
}

/** A vendor's header, and the folders that may include it. */
const INCLUDES = [
  {
    header: /^Nv(Infer|Onnx|Utils)|^cuda/,
    allowed: /^native\/(tensorrt|emulator)\/|^native\/test\/cuda_header_test\.cpp$/,
    owner: 'NVIDIA',
  },
  { header: /^(napi|node_api|js_native_api)\.h$/, allowed: /^native\/addon\/napi_setup\.h$/, owner: 'Node' },
  { header: /^onnxruntime/, allowed: /^$/, owner: 'ONNX Runtime' },
];

function includesInTheirRooms() {
  const complaints = [];
  for (const path of files(/^native\/.*\.(h|cpp)$/)) {
    for (const [, header] of read(path).matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm)) {
      const rule = INCLUDES.find((each) => each.header.test(header));
      if (rule && !rule.allowed.test(path)) complaints.push(`${path}: includes ${rule.owner}'s ${header}`);
    }
  }
  return outcome(complaints);
}

const CHECKS = [
  ['format and lint (biome)', () => run('biome', 'check', '--error-on-warnings')],
  ['types of lib (tsc)', () => run('tsc', '-p', 'tsconfig.build.json')],
  ['types of tests and benchmarks (tsc)', () => run('tsc', '-p', 'tsconfig.json')],
  ['direction of imports (dependency-cruiser)', () => run('depcruise', '--config', '.dependency-cruiser.cjs', 'lib')],
  ['format of C++ (clang-format)', () => run('node', 'scripts/clang-format.mjs')],
  ["vendors' headers in their rooms", includesInTheirRooms],
  ['docs/proof.md as the labels of tests have it', proofComplaint],
  [`files of at most ${MAX_LINES} lines`, shortFiles],
];

let failed = 0;
for (const [name, check] of CHECKS) {
  const complaint = check();
  process.stdout.write(`${complaint === null ? 'ok    ' : 'FAILED'} ${name}\n`);
  if (complaint === null) continue;
  failed++;
  process.stdout.write(`${complaint.trimEnd().replace(/^/gm, '       ')}\n`);
}
process.stdout.write(`\ncheck: ${CHECKS.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
