#!/usr/bin/env node
/**
 * What the GPU of this machine proves: `npm run test:gpu` where there is a TensorRT that runs on it, else `npm run test:driver`,
 * and a table of it.
 *
 *     npm ci && node scripts/gpu-check.mjs [--record] [folder of TensorRT's libraries]
 *
 * Without a folder TensorRT is looked for as sessions look for it. `--record` adds what passed to test/gpu/runs.json, which
 * docs/proof.md is made of.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environments, features, labelled, recordRun } from './proof.mjs';
import { ROOT } from './tree.mjs';

const { values, positionals } = parseArgs({ options: { record: { type: 'boolean' } }, allowPositionals: true });

/** Names the libraries of a folder, or of an SDK, of one product or both, and no others. */
function takeLibraries(folder) {
  const names = ['', 'lib'].flatMap((inside) => listed(join(folder, inside)));
  const variables = {
    ENGINERY_TENSORRT_RTX_LIBRARY: /^libtensorrt_rtx\.so/,
    ENGINERY_TENSORRT_LIBRARY: /^libnvinfer\.so/,
  };
  for (const [variable, file] of Object.entries(variables)) {
    process.env[variable] = names.some((name) => file.test(name)) ? resolve(folder) : '/absent';
  }
}

function listed(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function npm(...args) {
  return spawnSync('npm', ['run', '--silent', ...args], { cwd: ROOT, stdio: 'inherit' }).status === 0;
}

/** The GPU that counts, and the TensorRTs that run on it. */
async function machine() {
  const { probeDevices } = await import('../dist/libraries/devices.js');
  const { findGpu } = await import('../dist/session/gpu.js');
  const probe = await probeDevices();
  const [device] = probe.devices;
  if (device === undefined) throw new Error(`There is no GPU: ${probe.reason?.message ?? 'the driver reports none'}`);
  const found = await Promise.allSettled(['tensorrt', 'tensorrt-rtx'].map((product) => findGpu(product, probe, {})));
  const libraries = found.flatMap(({ value }) => (value ? [`${value.library.product} ${value.library.version}`] : []));
  const reasons = found.flatMap(({ reason }) => (reason ? [reason.message] : []));
  const name = `${device.name} (${device.computeCapability}), driver of CUDA ${probe.driver?.cudaVersion}`;
  return { name, emulated: device.name.startsWith('Emulated'), libraries, reasons };
}

/**
 * The products that all tests of a file passed on, none skipped. Tests on a GPU are in one whose title begins with the product
 * (test/support/find-gpus.ts).
 */
function productsOf(results) {
  const productOf = ({ ancestorTitles }) => ancestorTitles[0].split(' ')[0];
  const wanting = new Set(results.filter(({ status }) => status !== 'passed').map(productOf));
  return [...new Set(results.map(productOf))].filter((product) => !wanting.has(product)).sort();
}

/** Runs the tests, and gives their files with counts and products. A file that does not load counts as a failure. */
function test(environment) {
  const folder = mkdtempSync(join(tmpdir(), 'enginery-gpu-'));
  try {
    process.env.ENGINERY_TEST_REPORT = join(folder, 'report.json');
    npm(`test:${environment}`);
    const { testResults } = JSON.parse(readFileSync(process.env.ENGINERY_TEST_REPORT, 'utf8'));
    return testResults.map(({ name, status, assertionResults }) => {
      const count = (wanted) => assertionResults.filter((it) => it.status === wanted).length;
      const failed = Math.max(count('failed'), status === 'failed' ? 1 : 0);
      const products = failed > 0 ? [] : productsOf(assertionResults);
      return { path: relative(ROOT, name), passed: count('passed'), failed, products };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sum = (files, what) => files.reduce((total, file) => total + file[what], 0);

function table(files) {
  const { tests } = labelled();
  const rows = Object.entries(features).flatMap(([name, what]) => {
    const paths = tests.filter((it) => it.features.includes(name)).map(({ path }) => path);
    const own = files.filter(({ path }) => paths.includes(path));
    const [passed, failed] = [sum(own, 'passed'), sum(own, 'failed')];
    return passed + failed === 0
      ? []
      : [`${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed  ${what}`];
  });
  return rows.join('\n');
}

async function main() {
  if (positionals[0] !== undefined) takeLibraries(positionals[0]);
  if (!npm('build:ts')) throw new Error('npm run build:ts failed');
  const { name, emulated, libraries, reasons } = await machine();
  if (positionals[0] !== undefined && libraries.length === 0) throw new Error(reasons.join('\n'));
  const environment = libraries.length > 0 ? 'gpu' : 'driver';
  const on = libraries.length > 0 ? `${libraries.join(' and ')} on ${name}` : name;
  const files = test(environment);
  process.stdout.write(`\n${environments[environment]}: ${on}\n${table(files)}\n`);
  if (emulated) process.stdout.write('The GPU is emulated: this proves the tests, and nothing of a GPU.\n');
  const passed = files.filter(({ products }) => products.length > 0).map(({ path, products }) => [path, products]);
  if (values.record && !emulated && passed.length > 0) {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const date = new Date().toISOString().slice(0, 10);
    recordRun({ date, environment, on, enginery: version, tests: Object.fromEntries(passed.sort()) });
    spawnSync(process.execPath, ['scripts/proof.mjs'], { cwd: ROOT, stdio: 'inherit' });
  }
  return { passed: sum(files, 'passed'), failed: sum(files, 'failed') };
}

const counts = await main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  return { passed: 0, failed: 1 };
});
process.stdout.write(`\ngpu-check: ${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
