import { open } from 'node:fs/promises';
import { messageOf } from '../errors.js';

const MACHINES: Readonly<Record<number, string>> = { 3: 'x86', 40: 'arm', 62: 'x86-64', 183: 'arm64', 243: 'riscv' };
const OURS: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

const SHARED_OBJECT = 3;
const LOAD_SEGMENT = 1;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;

/**
 * Why a file cannot be a shared library for this process, or null where it looks like one.
 *
 * Asked before the loader is: a truncated library kills the process that opens it, because its missing pages are mapped
 * all the same.
 */
export async function whyNotLoadable(path: string): Promise<string | null> {
  try {
    await using file = await open(path);
    const stat = await file.stat();
    if (!stat.isFile()) return stat.isDirectory() ? 'it is a folder' : 'it is not a regular file';
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead === 0) return 'it is empty';
    if (header.toString('latin1', 0, 4) !== '\x7fELF') return 'it is not a shared library (no ELF header)';
    if (bytesRead < HEADER_BYTES) return 'it is truncated';
    // 64-bit, little-endian: all that this package has binaries for.
    if (header[4] !== 2 || header[5] !== 1) return 'it is for another architecture (not 64-bit little-endian)';
    const machine = header.readUInt16LE(18);
    if (machine !== OURS[process.arch]) {
      return `it is for another architecture: ${MACHINES[machine] ?? `ELF machine ${machine}`}, and this is ${process.arch}`;
    }
    if (header.readUInt16LE(16) !== SHARED_OBJECT) return 'it is an ELF file but not a shared library';

    const segments = Buffer.alloc(header.readUInt16LE(56) * SEGMENT_BYTES);
    const read = await file.read(segments, 0, segments.length, Number(header.readBigUInt64LE(32)));
    if (read.bytesRead < segments.length) return 'it is truncated';
    for (let at = 0; at < segments.length; at += SEGMENT_BYTES) {
      const end = segments.readBigUInt64LE(at + 8) + segments.readBigUInt64LE(at + 32);
      if (segments.readUInt32LE(at) === LOAD_SEGMENT && end > BigInt(stat.size)) {
        return `it is truncated: ${stat.size} bytes, and its header speaks of ${end}`;
      }
    }
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(error);
  }
}
