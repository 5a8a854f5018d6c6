/** Plans that are all header: enough for whatever reads no further. */

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
