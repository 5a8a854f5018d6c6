/** Opening a file that the caller named, with errors that say what is there instead. */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { EngineryError, messageOf } from '../errors.js';

/** A regular file open for reading. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/**
 * Opens a regular file for reading. The caller closes the handle.
 *
 * @param path - The file.
 * @param notFile - The error for something that is there but is no regular file: given words such as `a folder`.
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, or what `notFile` makes.
 */
export async function openFile(path: string, notFile: (what: string) => EngineryError): Promise<OpenFile> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(path, error);
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw notFile('a folder');
    if (!stats.isFile()) throw notFile('no regular file');
    return { handle, bytes: stats.size };
  } catch (error) {
    await handle.close();
    throw error instanceof EngineryError ? error : fileError(path, error);
  }
}

/** What a file that is read as a whole must be, and the errors for one that is not. */
export interface SmallFile {
  /** Bytes that no such file has: what is larger is another file. */
  readonly largest: number;
  /** As for {@link openFile}. */
  readonly notFile: (what: string) => EngineryError;
  readonly tooLarge: () => EngineryError;
}

/**
 * Reads a regular file as a whole.
 *
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, or what `notFile` and `tooLarge` make.
 */
export async function readSmallFile(path: string, { largest, notFile, tooLarge }: SmallFile): Promise<Buffer> {
  const { handle, bytes } = await openFile(path, notFile);
  try {
    if (bytes > largest) throw tooLarge();
    return await handle.readFile();
  } catch (error) {
    throw error instanceof EngineryError ? error : fileError(path, error);
  } finally {
    await handle.close();
  }
}

/** The error for a failed file operation: not found is told from everything else. */
export function fileError(path: string, cause: unknown): EngineryError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EngineryError('ENGINERY_FILE_NOT_FOUND', `${path} does not exist`, { details: { path }, cause });
  }
  return new EngineryError('ENGINERY_FILE_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, {
    details: { path },
    cause,
  });
}
