/** `enginery setup`: obtains runtime libraries, lists them, removes them. */

import { Command } from 'commander';
import { EngineryError } from '../errors.js';
import { CATALOGUE } from '../libraries/catalogue.js';
import {
  listObtained,
  type ObtainableProduct,
  type ObtainedLibrary,
  removeObtained,
  type SetupPlan,
  type SetupProgress,
  setupLibrary,
} from '../libraries/setup-library.js';
import { interruptSignal } from './interrupt.js';
import { formatBytes, note, print, printJson } from './output.js';
import { type ProgressView, showProgress } from './progress.js';

interface Flags {
  readonly list?: true;
  readonly remove?: true;
  readonly json?: true;
}

/** The command `enginery setup`. */
export function setupCommand(): Command {
  return new Command('setup')
    .argument('[library]', `${Object.keys(CATALOGUE).join(' or ')}, with @version for another version`)
    .option('--list', 'list the libraries that were obtained')
    .option('--remove', 'delete the library (all its versions, unless @version is given)')
    .option('--json', 'print the result as JSON')
    .action(async (library: string | undefined, flags: Flags) => {
      if (flags.list) return list(flags);
      if (library === undefined) {
        throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'Which library?', { hint: `One of: ${known()}` });
      }
      const wanted = parseLibrary(library);
      return flags.remove ? remove(wanted, flags) : obtain(wanted, flags);
    });
}

interface Wanted {
  readonly product: ObtainableProduct;
  readonly version: string | undefined;
}

function parseLibrary(text: string): Wanted {
  const [product = '', version] = text.split('@', 2);
  if (!Object.hasOwn(CATALOGUE, product)) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `“${product}” cannot be set up.`, {
      hint: `One of: ${known()}`,
    });
  }
  return { product: product as ObtainableProduct, version };
}

function known(): string {
  return Object.entries(CATALOGUE)
    .map(([product, { version }]) => `${product} (tested: ${version})`)
    .join(', ');
}

async function obtain({ product, version }: Wanted, flags: Flags): Promise<void> {
  let view: ProgressView | undefined;
  let opening: Promise<void> | undefined;
  const onProgress = (progress: SetupProgress): void => {
    if (progress.phase === 'plan') {
      announce(progress.plan);
      opening = showProgress(`${progress.plan.title} ${progress.plan.version}`).then((it) => {
        view = it;
      });
    } else {
      view?.update(fractionOf(progress), progress.phase);
    }
  };
  try {
    const result = await setupLibrary(product, { version, onProgress, signal: interruptSignal() });
    await opening;
    view?.stop();
    if (flags.json) printJson({ product, ...result });
    else
      print(
        `${CATALOGUE[product].title} ${result.version} is ${result.already ? 'already there' : 'ready'}: ${result.path}`,
      );
  } finally {
    await opening;
    view?.stop();
  }
}

function announce({ title, vendor, version, wheel, licence, downloadBytes, unpackedBytes, folder }: SetupPlan): void {
  const size =
    downloadBytes === null || unpackedBytes === null
      ? 'size unknown to this release'
      : `${formatBytes(downloadBytes)}, unpacked ${formatBytes(unpackedBytes)}`;
  note(`${vendor}'s ${title} ${version}: Python package ${wheel}, downloaded with your pip (${size})`);
  note(`licence: ${licence}; its text will be in the library's folder`);
  note(`into: ${folder}`);
}

/** About how the time divides. */
const SHARES = { download: [0, 0.6], unpack: [0.6, 0.35], verify: [0.95, 0.05] } as const;

function fractionOf({ phase, bytes, totalBytes }: Exclude<SetupProgress, { phase: 'plan' }>): number {
  const [start, share] = SHARES[phase];
  return start + (totalBytes ? share * Math.min(1, bytes / totalBytes) : 0);
}

async function list(flags: Flags): Promise<void> {
  const obtained = await listObtained();
  if (flags.json) printJson(obtained);
  else if (obtained.length === 0) note('Nothing has been obtained yet.');
  else for (const library of obtained) print(lineOf(library));
}

async function remove({ product, version }: Wanted, flags: Flags): Promise<void> {
  const removed = await removeObtained(product, version);
  if (removed.length === 0) {
    const what = version === undefined ? CATALOGUE[product].title : `${CATALOGUE[product].title} ${version}`;
    throw new EngineryError('ENGINERY_LIBRARY_NOT_FOUND', `${what} has not been obtained with enginery setup.`);
  }
  if (flags.json) printJson(removed);
  else for (const library of removed) print(`removed ${lineOf(library)}`);
}

function lineOf({ product, version, bytes, folder }: ObtainedLibrary): string {
  return `${product} ${version}  ${formatBytes(bytes)}  ${folder}`;
}
