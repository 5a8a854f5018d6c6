/**
 * The worker thread that hashes: {@link ./digest.js} starts it and speaks with it. It blocks on purpose, in pieces, so that
 * neither the event loop nor libuv's thread pool is ever held.
 */

import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/** `cancelled` is one shared Int32 that the other side sets to 1. */
export type DigestRequest =
  | { readonly id: number; readonly kind: 'file'; readonly path: string; readonly cancelled: Int32Array }
  | { readonly id: number; readonly kind: 'piece'; readonly piece: Uint8Array; readonly last: boolean }
  | { readonly id: number; readonly kind: 'drop' };

export type DigestReply =
  | { readonly id: number; readonly kind: 'done'; readonly sha256: string; readonly bytes: number }
  | { readonly id: number; readonly kind: 'next' }
  | { readonly id: number; readonly kind: 'cancelled' }
  | { readonly id: number; readonly kind: 'failed'; readonly code: string; readonly message: string };

const PIECE = Buffer.allocUnsafeSlow(1024 * 1024);

/** Bytes that arrive in pieces. */
const open = new Map<number, { hash: Hash; bytes: number }>();

function hashFile(id: number, path: string, cancelled: Int32Array): DigestReply {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) return { id, kind: 'failed', code: 'EINVAL', message: 'not a regular file' };
    const hash = createHash('sha256');
    let bytes = 0;
    for (;;) {
      if (Atomics.load(cancelled, 0) !== 0) return { id, kind: 'cancelled' };
      const read = readSync(file, PIECE, 0, PIECE.length, null);
      if (read === 0) return { id, kind: 'done', sha256: hash.digest('hex'), bytes };
      hash.update(PIECE.subarray(0, read));
      bytes += read;
    }
  } finally {
    closeSync(file);
  }
}

function hashPiece(id: number, piece: Uint8Array, last: boolean): DigestReply {
  const state = open.get(id) ?? { hash: createHash('sha256'), bytes: 0 };
  state.hash.update(piece);
  state.bytes += piece.byteLength;
  if (!last) {
    open.set(id, state);
    return { id, kind: 'next' };
  }
  open.delete(id);
  return { id, kind: 'done', sha256: state.hash.digest('hex'), bytes: state.bytes };
}

function answer(request: DigestRequest): DigestReply | undefined {
  try {
    if (request.kind === 'file') return hashFile(request.id, request.path, request.cancelled);
    if (request.kind === 'piece') return hashPiece(request.id, request.piece, request.last);
    open.delete(request.id);
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { id: request.id, kind: 'failed', code, message };
  }
}

parentPort?.on('message', (request: DigestRequest) => {
  const reply = answer(request);
  if (reply !== undefined) parentPort?.postMessage(reply);
});
