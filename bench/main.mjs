/**
 * `npm run bench -- <name> [--json FILE]`: one benchmark, as a table on stdout and, on request, as JSON.
 *
 * Both sides of a comparison run interleaved in one go; ratios are medians over pairs.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

const BENCHMARKS = {
  build: () => import('./build.mjs'),
  cache: () => import('./cache.mjs'),
  executor: () => import('./executor.mjs'),
  session: () => import('./session.mjs'),
};

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const [name = ''] = positionals;
if (!Object.hasOwn(BENCHMARKS, name)) {
  console.error(`usage: npm run bench -- <${Object.keys(BENCHMARKS).join('|')}> [--json FILE]`);
  process.exit(2);
}
const { default: run } = await BENCHMARKS[name]();
const rows = await run();

console.log(`\n${name}: Node ${process.version}, ${cpus().length} × ${cpus()[0].model}\n`);
console.log('| what | measured | bar | |\n|---|---|---|---|');
for (const { what, measured, bar, met } of rows)
  console.log(`| ${what} | ${measured} | ${bar} | ${met ? 'met' : 'MISSED'} |`);
if (values.json) {
  await writeFile(
    values.json,
    `${JSON.stringify({ name, node: process.version, cpu: cpus()[0].model, rows }, null, 2)}\n`,
  );
}
process.exitCode = rows.every((row) => row.met) ? 0 : 1;
