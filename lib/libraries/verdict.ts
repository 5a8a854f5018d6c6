import type { ErrorCode } from '../errors.js';
import { PRODUCTS, type Product } from './products.js';
import { compareVersions, parseVersion } from './version.js';

/** Versions of TensorRT whose C++ classes agree; one bridge module serves one family. */
export type Family = 'rtx' | 'ent11' | 'ent10';

/** Good for something, or not and why. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly code: ErrorCode; readonly reason: string };

/** What is known of a library once it has been opened. */
export interface LibraryFacts {
  readonly product: Product;
  readonly version: string;
  readonly parserPath: string | undefined;
  /** Families this installation has a bridge module for. */
  readonly families: readonly string[];
}

/** What a library is good for. */
export interface Assessment {
  readonly family: Family | null;
  readonly build: Verdict;
  readonly run: Verdict;
  /** Nobody has tried this version: it must first build a small network in a process of its own. */
  readonly needsTrial: boolean;
}

const OLDEST_RTX = [1, 5] as const;
const NEWEST_TESTED_RTX = [1, 7] as const;
const NEWEST_KNOWN_MINOR: Readonly<Record<Family, number>> = { rtx: NEWEST_TESTED_RTX[1], ent11: 5, ent10: 16 };
const OLDEST_ONNXRUNTIME = '1.20';

export const OK: Verdict = { ok: true };

export function no(code: ErrorCode, reason: string): Verdict {
  return { ok: false, code, reason };
}

/** Judges by version alone; reads and opens nothing. */
export function assess(facts: LibraryFacts): Assessment {
  switch (facts.product) {
    case 'tensorrt-rtx':
    case 'tensorrt':
      return assessTensorRT(facts);
    case 'onnxruntime':
      return {
        family: null,
        build: no('ENGINERY_LIBRARY_UNSUPPORTED', 'ONNX Runtime runs models; it builds no engines'),
        run: whyNotOnnxRuntime(facts.version),
        needsTrial: false,
      };
    case 'cuda-driver':
      return {
        family: null,
        build: no('ENGINERY_LIBRARY_UNSUPPORTED', 'a driver builds no engines'),
        run: OK,
        needsTrial: false,
      };
  }
}

/** Why no release of a product with this version can be used, or null. For versions asked for by name. */
export function whyUnsupported(product: Product, version: string): string | null {
  if (product === 'onnxruntime') {
    const verdict = whyNotOnnxRuntime(version);
    return verdict.ok ? null : verdict.reason;
  }
  return familyOf(product, version).reason ?? null;
}

function whyNotOnnxRuntime(version: string): Verdict {
  if (parseVersion(version)?.[0] === 1 && compareVersions(version, OLDEST_ONNXRUNTIME) >= 0) return OK;
  return no('ENGINERY_LIBRARY_UNSUPPORTED', `ONNX Runtime ${version}: version 1.20 or newer (1.x) is needed`);
}

type KnownFamily =
  | { readonly family: Family; readonly reason?: undefined }
  | { readonly family: Family | null; readonly reason: string };

function familyOf(product: Product, version: string): KnownFamily {
  const [major = 0, minor = 0, patch = 0] = parseVersion(version) ?? [];
  if (product === 'tensorrt-rtx') {
    const known = `${OLDEST_RTX.join('.')} to ${NEWEST_TESTED_RTX.join('.')}`;
    if (major !== 1) {
      return {
        family: null,
        reason: `TensorRT-RTX ${version}: an unknown major version (this release knows ${known})`,
      };
    }
    if (minor < OLDEST_RTX[1]) {
      return { family: null, reason: `TensorRT-RTX ${version}: too old, its ABI changed in 1.5; use ${known}` };
    }
    return { family: 'rtx' };
  }
  const family = major === 11 ? 'ent11' : major === 10 ? 'ent10' : null;
  if (family === null) {
    return { family, reason: `TensorRT ${version}: an unknown major version (this release knows 10 and 11)` };
  }
  if (major === 10 && minor === 8 && patch === 0) {
    return { family, reason: 'TensorRT 10.8.0: its network interface is broken (fixed in 10.9); use another version' };
  }
  return { family };
}

/** Newer than the releases this package knows of. */
export function isUntested(family: Family, version: string): boolean {
  return (parseVersion(version)?.[1] ?? 0) > NEWEST_KNOWN_MINOR[family];
}

function assessTensorRT({ product, version, parserPath, families }: LibraryFacts): Assessment {
  const { family, reason } = familyOf(product, version);
  const { title, parserName } = PRODUCTS[product];
  const verdict = (build: Verdict, run: Verdict, needsTrial = false): Assessment => ({
    family,
    build,
    run,
    needsTrial,
  });

  if (reason !== undefined) {
    const refused = no('ENGINERY_LIBRARY_UNSUPPORTED', reason);
    return verdict(refused, refused);
  }
  if (!families.includes(family)) {
    const missing = no(
      'ENGINERY_NATIVE_UNAVAILABLE',
      `the bridge module for ${title} (family ${family}) is not in this installation; it is built where its headers are found`,
    );
    return verdict(missing, missing);
  }
  const needsTrial = family === 'rtx' && isUntested(family, version);
  if (parserPath === undefined) {
    const noParser = no('ENGINERY_LIBRARY_UNUSABLE', `${title}'s ONNX parser, ${parserName}, is not beside it`);
    return verdict(noParser, needsTrial ? noParser : OK, needsTrial); // the trial is a build
  }
  return verdict(OK, OK, needsTrial);
}
