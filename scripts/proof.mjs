/**
 * Writes docs/proof.md: which feature is proven where. It follows from where tests lie and from the features that they name, each
 * with a line `// @module-tag <feature>` at the top; test/labels.json has those there are. What a GPU has proven follows from the
 * runs that test/gpu/runs.json records (scripts/gpu-check.mjs).
 *
 *     node scripts/proof.mjs
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files, ROOT } from './tree.mjs';

const FILE = 'docs/proof.md';
const RUNS = 'test/gpu/runs.json';

/** What a test is proof on, by its folder. A tag that names an environment says otherwise. */
const FOLDERS = {
  'test/gpu': ['gpu', 'emulator'], // npm run test:emulator runs them as well
  'test/driver': ['driver'], // there they are tried on an emulated driver, which shows nothing of a real one
  'test/runtime': ['tensorrt'],
  'test/enterprise': ['tensorrt'],
  'test/emulator': ['emulator'],
  'test/native': ['cpu'],
  'test/reference': ['cpu'],
  'test/soak': ['cpu'],
};

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
export const { environments, features } = JSON.parse(read('test/labels.json'));

/** Every test file, with its features and environments, and what is wrong with labels. C++ tests name both. */
export function labelled() {
  const complaints = [];
  const tests = [];
  for (const path of files(/^test\/.*\.test\.ts$|^native\/test\/.*_test\.cpp$/)) {
    const tags = [...read(path).matchAll(/^\/\/ @module-tag (\S+)$/gm)].map(([, tag]) => tag);
    const folder = Object.keys(FOLDERS).find((each) => path.startsWith(`${each}/`));
    const named = tags.filter((tag) => tag in environments);
    const own = tags.filter((tag) => tag in features);
    for (const tag of tags)
      if (!named.includes(tag) && !own.includes(tag)) complaints.push(`${path}: there is no label ${tag}`);
    if (folder !== undefined && own.length === 0) complaints.push(`${path}: names no feature of test/labels.json`);
    if (folder === undefined && named.length === 0 && own.length > 0) complaints.push(`${path}: names no environment`);
    tests.push({ path, features: own, environments: named.length > 0 ? named : (FOLDERS[folder] ?? []) });
  }
  return { tests, complaints };
}

/** The runs on GPUs and on their drivers that were recorded: none where there is no such file. */
export function recordedRuns() {
  return existsSync(join(ROOT, RUNS)) ? JSON.parse(read(RUNS)) : [];
}

/** Adds a run: its environment, date, what it ran on, and the paths of the tests that passed. */
export function recordRun(run) {
  writeFileSync(join(ROOT, RUNS), `${JSON.stringify([...recordedRuns(), run], null, 2)}\n`);
}

function cell(environment, tests, runs) {
  const own = tests.filter((test) => test.environments.includes(environment));
  if (own.length === 0) return '–';
  if (environment !== 'gpu' && environment !== 'driver') return 'yes';
  const passed = new Set(runs.filter((run) => run.environment === environment).flatMap((run) => run.tests));
  return own.some(({ path }) => passed.has(path)) ? 'yes' : 'never run';
}

function page(tests, runs) {
  const columns = Object.keys(environments);
  const rows = Object.entries(features).map(([name, what]) => {
    const own = tests.filter((test) => test.features.includes(name));
    return [what, `\`${name}\``, ...columns.map((column) => cell(column, own, runs))];
  });
  const table = [['feature', 'label', ...Object.values(environments)], Array(columns.length + 2).fill('---'), ...rows];
  const recorded = runs.map(
    ({ date, environment, on, enginery }) => `- ${date}: ${environments[environment]}, ${on}, enginery ${enginery}`,
  );
  return `# What is proven where

Made from the tests' labels by \`node scripts/proof.mjs\`; \`npm run check\` fails where this page says anything else.

- **yes**: tests of the feature pass there. *CPU* is real ONNX Runtime; *emulator* is our own stand-in for the CUDA driver and for
  TensorRT, which proves our code and nothing of NVIDIA's.
- **never run**: tests are written, and have run on no such machine. Until then the feature is not proven there.
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
