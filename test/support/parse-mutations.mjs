/**
 * Puts broken models through TensorRT's own parser: `node parse-mutations.mjs LIBRARY PARSER FOLDER FROM TO` reads
 * `<FOLDER>/<seed>.onnx`, and prints each seed before it is tried, and `ok` at the end.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call } from '../../dist/native/calls.js';

const [library, parser, folder, from, to] = process.argv.slice(2);
for (let seed = Number(from); seed < Number(to); seed++) {
  process.stdout.write(`${seed}\n`);
  const model = await readFile(join(folder, `${seed}.onnx`));
  await call((addon, id) => addon.describeSupport(id, { library, parser, model })).catch(() => {});
}
process.stdout.write('ok\n');
