/**
 * Writes docs/proof.md: which feature has tests where, and what a GPU has proven. The first follows from where tests lie and from
 * the features that they name, each with a line `// @module-tag <feature>` at the top; test/labels.json has those there are. A C++
 * test that is about no feature says why, `// @no-feature <reason>`. The second follows from the runs that test/gpu/runs.json
 * records (scripts/gpu-check.mjs).
 *
 *     node scripts/proof.mjs
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files, ROOT } from './tree.mjs';

const FILE = 'docs/proof.md';
const RUNS = 'test/gpu/runs.json';

/** What a test runs on, by its folder. A tag that names an environment says otherwise. */
const FOLDERS = {
  'test/gpu': ['gpu', 'emulator'], // npm run test:emulator runs them as well
  'test/driver': ['driver'], // there they are tried on an emulated driver, which shows nothing of a real one
  'test/runtime': ['tensorrt'],
  'test/enterprise': [], // real TensorRT, but .ci/run does not run it
  'test/emulator': ['emulator'],
  'test/native': ['cpu'],
  'test/reference': ['cpu'],
  'test/soak': ['cpu'],
};

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
export const { environments, features } = JSON.parse(read('test/labels.json'));

/** Features of one product: a run of the other's tests says nothing of them. */
const PRODUCT = { kernels: 'tensorrt-rtx', 'enterprise-options': 'tensorrt' };

/** Every test file, with its features and environments, and what is wrong with labels. C++ tests name both. */
export function labelled() {
  const complaints = [];
  const tests = [];
  for (const path of files(/^test\/.*\.test\.ts$|^native\/test\/.*_test\.cpp$/)) {
    const text = read(path);
    const tags = [...text.matchAll(/^\/\/ @module-tag (\S+)$/gm)].map(([, tag]) => tag);
    const folder = Object.keys(FOLDERS).find((each) => path.startsWith(`${each}/`));
    const named = tags.filter((tag) => tag in environments);
    const own = tags.filter((tag) => tag in features);
    for (const tag of tags)
      if (!named.includes(tag) && !own.includes(tag)) complaints.push(`${path}: there is no label ${tag}`);
    if (folder !== undefined && own.length === 0) complaints.push(`${path}: names no feature of test/labels.json`);
    if (folder === undefined && named.length === 0 && own.length > 0) complaints.push(`${path}: names no environment`);
    const isNative = path.startsWith('native/');
    if (isNative && (own.length === 0) !== /^\/\/ @no-feature \S/m.test(text)) {
      complaints.push(`${path}: needs a feature of test/labels.json, or a line // @no-feature <why it proves none>`);
    }
    tests.push({ path, features: own, environments: named.length > 0 ? named : (FOLDERS[folder] ?? []) });
  }
  return { tests, complaints };
}

/** The runs on GPUs and on their drivers that were recorded: none where there is no such file. */
export function recordedRuns() {
  return existsSync(join(ROOT, RUNS)) ? JSON.parse(read(RUNS)) : [];
}

/** Adds a run: its environment, date, what it ran on, and `tests`: by path, the products that all tests of the file passed on. */
export function recordRun(run) {
  writeFileSync(join(ROOT, RUNS), `${JSON.stringify([...recordedRuns(), run], null, 2)}\n`);
}

function cell(feature, environment, tests, runs) {
  const own = tests.filter((test) => test.features.includes(feature) && test.environments.includes(environment));
  if (own.length === 0) return '–';
  if (environment !== 'gpu' && environment !== 'driver') return 'tests';
  const there = runs.filter((run) => run.environment === environment);
  const products = there.flatMap((run) => own.flatMap(({ path }) => run.tests[path] ?? []));
  const counted = products.filter((product) => product === (PRODUCT[feature] ?? product));
  if (counted.length === 0) return 'never run';
  return environment === 'driver' ? 'passed' : `passed: ${[...new Set(counted)].sort().join(', ')}`;
}

function page(tests, runs) {
  const columns = Object.keys(environments);
  const rows = Object.entries(features).map(([name, what]) => [
    what,
    `\`${name}\``,
    ...columns.map((column) => cell(name, column, tests, runs)),
  ]);
  const table = [['feature', 'label', ...Object.values(environments)], Array(columns.length + 2).fill('---'), ...rows];
  const recorded = runs.map(
    ({ date, environment, on, enginery }) => `- ${date}: ${environments[environment]}, ${on}, enginery ${enginery}`,
  );
  return `# What is proven where

Made from the tests' labels by \`node scripts/proof.mjs\`; \`npm run check\` fails where this page says anything else.

- **tests**: there are tests of the feature, and \`.ci/run\` runs them there. That they pass, a run of it says, not this page. *CPU* is
  real ONNX Runtime; *emulator* is our own stand-in for the CUDA driver and for TensorRT, which proves our code and nothing of
  NVIDIA's.
- **passed**: a run on such a machine is recorded below, in which all tests of a file of the feature passed, and none was skipped, on
  the products that are named.
- **never run**: tests are written, and no run of them is recorded. Until then the feature is not proven there.
- **–**: there is no test.

${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Tests of a feature: \`git grep -l '@module-tag graphs'\`, or \`npx vitest run --config vitest.emulator.config.ts --tags-filter=graphs\`.

## Runs on GPUs
${recorded.length > 0 ? recorded.join('\n') : 'None. Nothing of this package has ever run on a GPU, nor on the driver of one.'}

[GPU](gpu.md#a-machine-with-a-gpu) says how to run the tests on one, and how a run gets onto this page.
`;
}

/** Null where the page is as the labels have it, else what is wrong. */
export function proofComplaint() {
  const { tests, complaints } = labelled();
  if (complaints.length > 0) return complaints.join('\n');
  const there = existsSync(join(ROOT, FILE)) && read(FILE);
  return there === page(tests, recordedRuns()) ? null : `${FILE} is not what the labels give: node scripts/proof.mjs`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { tests, complaints } = labelled();
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  if (complaints.length > 0) process.exitCode = 1;
  else writeFileSync(join(ROOT, FILE), page(tests, recordedRuns()));
}
