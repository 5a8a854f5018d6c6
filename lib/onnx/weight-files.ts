/** Reading the values of weights, wherever they lie: in the model or in its external files. */

import type { FileHandle } from 'node:fs/promises';
import type { ExternalFile } from './external-data.js';
import type { ValuePlace } from './graph.js';
import { invalidModel } from './model-source.js';
import { fileError, openFile } from './open-file.js';

/** A model may let weights overlap; none has reason to let them overlap so often that reading them all takes for ever. */
const MAX_READS_OF_A_FILE = 4;

/** The files of one model, opened as they are needed. One reader at a time. */
export class WeightFiles {
  readonly #model: string | Uint8Array;
  readonly #files: ReadonlyMap<string, ExternalFile>;
  /** By location; null is the model itself. */
  readonly #open = new Map<string | null, FileHandle>();
  #left: number;

  /** @param bytes - Size of the model file. */
  constructor(model: string | Uint8Array, bytes: number, externalFiles: readonly ExternalFile[]) {
    this.#model = model;
    this.#files = new Map(externalFiles.map((file) => [file.location, file]));
    this.#left = MAX_READS_OF_A_FILE * externalFiles.reduce((sum, file) => sum + file.bytes, bytes);
  }

  /**
   * Fills `buffer` with a part of a weight's values.
   *
   * @param offset - In bytes, from the weight's beginning.
   * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_MODEL`.
   */
  async read(place: ValuePlace, offset: number, buffer: Uint8Array): Promise<void> {
    const name = typeof this.#model === 'string' ? this.#model : 'The model';
    this.#left -= buffer.length;
    if (this.#left < 0) throw invalidModel(name, 'has weights that overlap many times over');
    const from = place.position + offset;
    if (typeof this.#model !== 'string') {
      buffer.set(this.#model.subarray(from, from + buffer.length));
      return;
    }
    const path = place.location === null ? this.#model : (this.#files.get(place.location)?.path ?? place.location);
    const handle = await this.#handle(place.location, path);
    for (let filled = 0; filled < buffer.length; ) {
      const { bytesRead } = await handle
        .read(buffer, filled, buffer.length - filled, from + filled)
        .catch((error: unknown) => {
          throw fileError(path, error);
        });
      if (bytesRead === 0) throw invalidModel(path, 'became shorter while it was read', from + filled);
      filled += bytesRead;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((handle) => handle.close()));
  }

  async #handle(location: string | null, path: string): Promise<FileHandle> {
    const known = this.#open.get(location);
    if (known !== undefined) return known;
    const { handle } = await openFile(path, (what) => invalidModel(path, `is ${what} now`));
    this.#open.set(location, handle);
    return handle;
  }
}
