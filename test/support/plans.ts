/** Plans that are all header: enough for whatever reads no further. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Manifest } from '../../dist/engine/manifest.js';
import { MANIFEST } from './manifest.js';

interface PlanFacts {
  readonly version?: readonly number[];
  readonly serialization?: number;
  /** The size that the header says; 64 is the truth. */
  readonly declared?: number;
}

/** The first bytes of a plan, as TensorRT-RTX 1.7.1.116 (`vtrt`) writes them, or Enterprise (`ftrt`). */
export function planOf(tag: string, facts: PlanFacts = {}): Buffer {
  const { version = [1, 7, 1, 116], serialization = 0, declared = 64 } = facts;
  const content = Buffer.alloc(64);
  content.write(tag, 0, 'latin1');
  content.writeUInt32LE(serialization, 4);
  content.writeBigUInt64LE(2n, 8);
  content.writeBigUInt64LE(BigInt(declared), 16);
  Buffer.from(version).copy(content, 24);
  return content;
}

/**
 * Writes an engine file that is all header, and a manifest that describes it: enough for whatever does not execute it.
 *
 * @param about - What the manifest says beyond {@link MANIFEST}; null for no manifest.
 */
export async function writeEngine(path: string, about: Partial<Manifest> | null): Promise<void> {
  const plan = planOf('vtrt');
  const sha256 = createHash('sha256').update(plan).digest('hex');
  await writeFile(path, plan);
  if (about === null) return;
  await writeFile(`${path}.json`, JSON.stringify({ ...MANIFEST, ...about, plan: { bytes: plan.length, sha256 } }));
}
