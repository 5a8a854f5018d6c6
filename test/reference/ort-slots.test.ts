// @module-tag sessions
/** Our declarations of ONNX Runtime's C API against those of the crate ort-sys, which are generated from its header. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { output, ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';

const CRATE = 'ort-sys-2.0.0-rc.12';
const SHA256 = 'd7b497d21a8b6fbb4b5a544f8fadb77e801a09ae0add9e411d31c6f89e3c1e90';

/** The crate's file in cargo's cache, to which `cargo info` brings it without its dependencies. */
async function crate(): Promise<string> {
  const elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere, 'Cargo.toml'), '[workspace]\n');
  const spec = CRATE.replace(/-(?=\d)/, '@');
  await output('cargo', ['info', '--quiet', '--color=never', spec], { cwd: elsewhere });
  const cache = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/cache');
  for (const index of await readdir(cache)) {
    if ((await readdir(join(cache, index))).includes(`${CRATE}.crate`)) return join(cache, index, `${CRATE}.crate`);
  }
  throw new Error(`cargo did not bring ${CRATE}`);
}

test('every slot that we call is where ONNX Runtime has it', async () => {
  const file = await crate();
  expect(
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ).toBe(SHA256);
  const source = await output('tar', ['-xzOf', file, `${CRATE}/src/lib.rs`]);
  const table = source.slice(source.indexOf('pub struct OrtApi {'));
  const fields = table.slice(0, table.indexOf('\n}')).matchAll(/^\tpub (\w+):/gm);
  // Some are declared twice, for other platforms.
  const slots = [...new Set([...fields].map(([, name]) => name))];

  const ours = await readFile(join(ROOT, 'native/ort/ort_api.h'), 'utf8');
  const declared = [...ours.matchAll(/^ {2}SLOT\((\d+), (\w+),/gm)].map(
    ([, slot, name]) => [Number(slot), name] as const,
  );
  expect(declared.length).toBeGreaterThan(40);
  for (const [slot, name] of declared) expect(slots.indexOf(name), name).toBe(slot);
});
