/** The bytes of a model, seen through a window that moves: a file is never held whole. */

import type { FileHandle } from 'node:fs/promises';
import { EngineryError } from '../errors.js';
import { fileError, openFile } from './open-file.js';

// A small file is one read. In a large one the reader jumps over weights, so what lies behind a jump is read in small
// pieces, and more is read at a time while the reader goes straight on.
const WHOLE_FILE = 2 * 1024 * 1024;
const SMALLEST_READ = 64 * 1024;
const LARGEST_READ = 256 * 1024;

const NO_BYTES: Buffer = Buffer.alloc(0);

/** A model's bytes. The window holds `[start, start + window.length)`. */
export interface ModelSource {
  /** For messages: the path, or `The model` where it came as bytes. */
  readonly name: string;
  /** Null where the model came as bytes. */
  readonly path: string | null;
  readonly size: number;
  window: Buffer;
  start: number;
  /** Moves the window so that it holds `count` bytes from `position`, which lie within the source. */
  load(position: number, count: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a path or bytes for reading. The caller closes the source. */
export async function openModel(model: string | Uint8Array): Promise<ModelSource> {
  if (typeof model === 'string') {
    const { handle, bytes } = await openFile(model, (what) => invalidModel(model, `is ${what}, not an ONNX file`));
    return fileSource(model, handle, bytes);
  }
  if (!(model instanceof Uint8Array)) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `A model is a path or a Uint8Array, not ${typeof model}`);
  }
  const window = Buffer.from(model.buffer, model.byteOffset, model.byteLength);
  const nothing = async (): Promise<void> => {};
  return { name: 'The model', path: null, size: window.length, window, start: 0, load: nothing, close: nothing };
}

function fileSource(path: string, handle: FileHandle, size: number): ModelSource {
  const buffer = Buffer.allocUnsafeSlow(size <= WHOLE_FILE ? size : LARGEST_READ);
  let ahead = size <= WHOLE_FILE ? size : SMALLEST_READ;
  return {
    name: path,
    path,
    size,
    window: NO_BYTES,
    start: 0,
    async load(position, count) {
      const straightOn = position <= this.start + this.window.length;
      if (size > WHOLE_FILE) ahead = straightOn ? Math.min(ahead * 2, LARGEST_READ) : SMALLEST_READ;
      const length = Math.min(Math.max(ahead, count), buffer.length, size - position);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled).catch((error) => {
          throw fileError(path, error);
        });
        if (bytesRead === 0) throw invalidModel(path, 'became shorter while it was read', position + filled);
        filled += bytesRead;
      }
      this.window = buffer.subarray(0, length);
      this.start = position;
    },
    close: () => handle.close(),
  };
}

/** The error for a model that breaks the format. `what` continues a sentence that starts with the model's name. */
export function invalidModel(name: string, what: string, offset?: number, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_MODEL', `${name} ${what}`, { hint, details: { path: name, offset } });
}
