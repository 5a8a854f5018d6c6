/**
 * Gets NVIDIA's TensorRT headers, per ABI family, into `.headers/<family>/` and prints those folders.
 *
 *     node scripts/native/headers.mjs [rtx] [ent11] [ent10]
 *
 * They are needed to compile a bridge module, never at run time, and are neither committed nor packed. Sources, in order:
 * folders named in ENGINERY_TENSORRT_INCLUDE, an installed SDK, and one crate of pinned digest, fetched with cargo. Where
 * none has them it says why on stderr, prints nothing, and ends with 0: everything but building engines works without.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PINS = JSON.parse(readFileSync(join(ROOT, 'native/headers/headers.json'), 'utf8'));
const FAMILIES = Object.keys(PINS).filter((name) => PINS[name].crate !== undefined);
const SDK_FOLDERS = ['/usr/include/x86_64-linux-gnu', '/usr/include'];
const CARGO_NEEDED = [1, 82]; // the first with `cargo info`

const say = (line) => process.stderr.write(`enginery: ${line}\n`);

/** A reason that a person can act on: printed without a stack trace. */
class Missing extends Error {}

/** `{ product, version }` of the headers in a folder, or null where there are none. */
function readVersion(folder) {
  const file = join(folder, 'NvInferVersion.h');
  if (!existsSync(file)) return null;
  const macros = new Map();
  for (const [, name, value] of readFileSync(file, 'utf8').matchAll(/^#define\s+(\w+)\s+(\w+)/gm))
    macros.set(name, value);
  const numeric = (name) => (/^\d+$/.test(name) ? name : macros.has(name) ? numeric(macros.get(name)) : '?');
  const version = `${numeric('NV_TENSORRT_MAJOR')}.${numeric('NV_TENSORRT_MINOR')}`;
  return { product: macros.has('TRT_MAJOR_RTX') ? 'TensorRT-RTX' : 'TensorRT', version };
}

/** The first SDK folder with the headers that `pin` asks for. */
function findSdk(pin) {
  const named = (process.env.ENGINERY_TENSORRT_INCLUDE ?? '').split(delimiter).filter(Boolean);
  for (const folder of named) {
    const found = readVersion(folder);
    if (!found) throw new Missing(`ENGINERY_TENSORRT_INCLUDE: no NvInferVersion.h in ${folder}`);
    if (found.product === pin.product && found.version === pin.version) return folder;
    say(
      `${folder} has the headers of ${found.product} ${found.version}, not ${pin.product} ${pin.version}: passed over`,
    );
  }
  return SDK_FOLDERS.find((folder) => {
    const found = readVersion(folder);
    return found?.product === pin.product && found.version === pin.version;
  });
}

/** Takes `fill(temporaryFolder)`'s result as `.headers/<family>`, complete or not at all. */
function install(family, origin, fill) {
  const target = join(ROOT, '.headers', family);
  mkdirSync(join(ROOT, '.headers'), { recursive: true });
  const temporary = mkdtempSync(`${target}.`);
  try {
    fill(temporary);
    chmodSync(temporary, 0o755);
    writeFileSync(join(temporary, 'origin'), origin);
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The crate's file in cargo's cache, whichever index it came from. */
function cachedCrate(pin) {
  const cache = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'cache');
  const name = `${pin.crate}-${pin.crateVersion}.crate`;
  if (!existsSync(cache)) return undefined;
  return readdirSync(cache)
    .map((index) => join(cache, index, name))
    .find((file) => existsSync(file));
}

/** Throws where this machine's cargo cannot fetch a single crate. */
function needCargo(pin) {
  const advice = `install Rust's cargo, ${CARGO_NEEDED.join('.')} or newer (rustup), or set ENGINERY_TENSORRT_INCLUDE to the include folder of a ${pin.product} ${pin.version} SDK`;
  const asked = spawnSync('cargo', ['--version'], { encoding: 'utf8' });
  const found = /cargo (\d+)\.(\d+)/.exec(asked.stdout ?? '');
  if (!found) throw new Missing(`no cargo to fetch the TensorRT headers with: ${advice}`);
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major < CARGO_NEEDED[0] || (major === CARGO_NEEDED[0] && minor < CARGO_NEEDED[1])) {
    throw new Missing(`cargo ${major}.${minor} is too old to fetch the TensorRT headers: ${advice}`);
  }
}

/** Has cargo put the one crate into its cache. `cargo fetch` would bring its hundred dependencies as well. */
function fetchCrate(pin) {
  const elsewhere = mkdtempSync(join(ROOT, '.headers', 'cargo.'));
  try {
    writeFileSync(join(elsewhere, 'Cargo.toml'), '[workspace]\n'); // so that cargo looks for no other manifest
    const info = spawnSync('cargo', ['info', '--quiet', '--color=never', `${pin.crate}@${pin.crateVersion}`], {
      cwd: elsewhere,
      encoding: 'utf8',
    });
    const file = cachedCrate(pin);
    if (file) return file;
    const said = (info.stderr ?? '').trim().split('\n').at(-1)?.trim();
    throw new Missing(
      `cargo could not fetch ${pin.crate} ${pin.crateVersion}: ${said || info.error?.message || 'no reason given'}`,
    );
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

/** Unpacks exactly the bytes whose digest was checked. */
function unpackCrate(pin, file, folder) {
  const bytes = readFileSync(file);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== pin.crateSha256) {
    throw new Missing(`${file} has SHA-256 ${digest}, not the pinned ${pin.crateSha256}: remove it and try again`);
  }
  const inside = `${pin.crate}-${pin.crateVersion}/${pin.folder}`;
  const depth = String(inside.split('/').length);
  const tar = spawnSync('tar', ['-xzmf', '-', '-C', folder, `--strip-components=${depth}`, inside], { input: bytes });
  if (tar.status !== 0)
    throw new Missing(`tar could not unpack ${file}: ${tar.error?.message ?? String(tar.stderr).trim()}`);
}

/** The folder with a family's headers. Throws {@link Missing} where no source has them. */
function getHeaders(family) {
  const pin = PINS[family];
  if (!pin?.crate) throw new Missing(`${family} is no ABI family of native/headers/headers.json`);
  const folder = join(ROOT, '.headers', family);
  const what = `headers of ${pin.product} ${pin.version} (${pin.owner}, ${pin.licence})`;
  const sdk = findSdk(pin);
  const origin = sdk ?? pin.crateSha256;
  const present = join(folder, 'origin');
  if (existsSync(present) && readFileSync(present, 'utf8') === origin) return folder;
  if (sdk) {
    say(`${what}, from ${sdk}`);
    install(family, origin, (temporary) => {
      for (const name of readdirSync(sdk))
        if (/^Nv(Infer|Onnx)\w*\.h$/.test(name)) copyFileSync(join(sdk, name), join(temporary, name));
      // TensorRT 11's headers include some from here.
      if (existsSync(join(sdk, 'impl'))) cpSync(join(sdk, 'impl'), join(temporary, 'impl'), { recursive: true });
    });
    return folder;
  }
  if (!cachedCrate(pin)) needCargo(pin);
  say(`${what}, from the crate ${pin.crate} ${pin.crateVersion} by way of cargo`);
  install(family, origin, (temporary) => unpackCrate(pin, cachedCrate(pin) ?? fetchCrate(pin), temporary));
  return folder;
}

/**
 * Gets the headers of every ABI family. Where a family's cannot be had, the reason is said, and that family's bridge module is
 * left out of the build.
 *
 * @returns {string[]} the families whose headers are there
 */
export function ensureHeaders(families = FAMILIES) {
  return families.filter((family) => {
    try {
      const folder = getHeaders(family);
      if (folder !== undefined && process.argv[1] === fileURLToPath(import.meta.url))
        process.stdout.write(`${folder}\n`);
      return true;
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      say(error.message);
      say(`without these headers everything works but building engines with ${PINS[family]?.product ?? family}`);
      if (process.env.ENGINERY_REQUIRE_NATIVE === '1') process.exit(1);
      return false;
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2);
  ensureHeaders(named.length > 0 ? named : undefined);
}
