/**
 * Asks TensorRT's own parser about models: `node ask-parser-child.mjs LIBRARY PARSER LIST FROM` reads the paths from `FROM` on
 * out of a JSON file, and prints a line for each: what the parser says against it, as JSON; `[]` where it takes the model.
 */
import { readFile } from 'node:fs/promises';
import { call } from '../../dist/native/calls.js';

const [library, parser, list, from] = process.argv.slice(2);
const models = JSON.parse(await readFile(list, 'utf8'));
for (const model of models.slice(Number(from))) {
  const errors = await call((addon, id) => addon.describeSupport(id, { library, parser, model })).then(
    ({ supported, errors }) => errors.map(({ description }) => description).concat(supported ? [] : 'not supported'),
    (error) => [String(error)],
  );
  console.log(JSON.stringify(errors));
}
