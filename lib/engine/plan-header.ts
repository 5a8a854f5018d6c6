/** What the first bytes of a TensorRT plan say, read without any library. */

import { EngineryError } from '../errors.js';
import { fileError, openFile } from '../onnx/open-file.js';

/** Who made a plan. */
export interface PlanHeader {
  readonly product: 'tensorrt-rtx' | 'tensorrt';
  /** Of the header itself; 0 in every plan known. */
  readonly serializationVersion: number;
  /** `major.minor.patch.build`. The header keeps the low 8 bits of the build number. */
  readonly version: string;
  /** Size of the plan. */
  readonly bytes: number;
}

// Both products: u32 tag, u32 serialization version, u64 entries, u64 size of the plan, u8 major, minor, patch, build.
const HEADER_BYTES = 28;
const RTX_TAG = 'vtrt';
const ENTERPRISE_TAG = 'ftrt';

/** Whether a file is named as engines are: `.engine`, or `.plan`. */
export function isPlanPath(path: string): boolean {
  return /\.(engine|plan)$/.test(path);
}

/** True where these are the first bytes of a plan: at least four are needed. */
export function looksLikePlan(start: Uint8Array): boolean {
  const tag = Buffer.from(start.subarray(0, 4)).toString('latin1');
  return tag === RTX_TAG || tag === ENTERPRISE_TAG;
}

/**
 * Reads the header of a plan: product, version and size. Nothing of the plan is run or loaded.
 *
 * @param plan - Path of an engine file, or the plan's bytes.
 * @returns The header.
 * @throws EngineryError `ENGINERY_INVALID_PLAN` where it is no plan or is cut short, `ENGINERY_FILE_NOT_FOUND`,
 * `ENGINERY_FILE_UNREADABLE`.
 * @example
 * ```ts
 * const { product, version } = await readPlanHeader('digits.engine'); // 'tensorrt-rtx', '1.7.1.116'
 * ```
 */
export async function readPlanHeader(plan: string | Uint8Array): Promise<PlanHeader> {
  if (typeof plan !== 'string') return parseHeader('The plan', plan, plan.byteLength);
  const { handle, bytes } = await openFile(plan, (what) => invalidPlan(plan, `is ${what}, not an engine file`));
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await handle.read(start, 0, HEADER_BYTES, 0);
    return parseHeader(plan, start.subarray(0, bytesRead), bytes);
  } catch (error) {
    throw error instanceof EngineryError ? error : fileError(plan, error);
  } finally {
    await handle.close();
  }
}

function parseHeader(name: string, start: Uint8Array, bytes: number): PlanHeader {
  if (bytes === 0) throw invalidPlan(name, 'is empty');
  if (!looksLikePlan(start)) {
    const hint =
      start[4] === 0x7b ? 'It looks like an Ultralytics export, which puts JSON before the plan.' : undefined;
    throw invalidPlan(name, 'is not a TensorRT plan: it does not start with a plan tag', hint);
  }
  if (start.length < HEADER_BYTES) {
    throw invalidPlan(name, `is cut short: ${bytes} bytes, and a plan's header alone has ${HEADER_BYTES}`);
  }
  const view = new DataView(start.buffer, start.byteOffset, HEADER_BYTES);
  const serializationVersion = view.getUint32(4, true);
  if (serializationVersion !== 0) {
    throw invalidPlan(name, `has serialization version ${serializationVersion}; this release reads version 0`);
  }
  const product = view.getUint8(0) === RTX_TAG.charCodeAt(0) ? 'tensorrt-rtx' : 'tensorrt';
  const declared = view.getBigUint64(16, true);
  // Seen in RTX plans, and checked by the library; Enterprise plans may carry a lean runtime around the plan.
  if (product === 'tensorrt-rtx' && declared !== BigInt(bytes)) {
    throw invalidPlan(name, `has ${bytes} bytes where its header says ${declared}: cut short, or written over`);
  }
  return { product, serializationVersion, version: Array.from(start.subarray(24, 28)).join('.'), bytes };
}

function invalidPlan(name: string, what: string, hint = 'Build the engine again.'): EngineryError {
  return new EngineryError('ENGINERY_INVALID_PLAN', `${name} ${what}`, { hint, details: { path: name } });
}
