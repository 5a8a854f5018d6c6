/** A process that asks the engine cache for one engine: `node cache-builder.mjs MODEL CACHE_FOLDER`. Prints the result as JSON. */
import { buildEngine } from '../../dist/index.js';

const [model, cacheFolder] = process.argv.slice(2);
const { path, cached, sha256 } = await buildEngine(model, { cacheFolder });
process.stdout.write(JSON.stringify({ path, cached, sha256 }));
