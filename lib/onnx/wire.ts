/** Protocol Buffers' wire format, walked lazily: what nobody asks for is jumped over, not read. */

import { setImmediate } from 'node:timers/promises';
import type { EngineryError } from '../errors.js';
import { invalidModel, type ModelSource } from './model-source.js';

/**
 * How a reader takes a field: `int` (varints, packed or not), `float` (fixed32, packed or not), `text`, `message` (walked
 * into), `size` (its length only), or `data` (its place; its content too where that is short).
 */
export type FieldKind = 'int' | 'float' | 'text' | 'message' | 'size' | 'data';

/** The fields of a message that a reader takes, by number, with their names. All others are jumped over. */
export type FieldTable = Readonly<Record<number, readonly [kind: FieldKind, name: string]>>;

/** Takes what a walk finds in one message. */
export interface MessageReader {
  /** The message's type, for error messages. */
  readonly type: string;
  readonly fields: FieldTable;
  int?(field: number, value: number): void;
  float?(field: number, value: number): void;
  text?(field: number, value: string): void;
  size?(field: number, bytes: number): void;
  /** `content` is null where there are more than {@link SHORT_DATA} bytes; it is valid during the call only. */
  data?(field: number, position: number, bytes: number, content: Buffer | null): void;
  /** A text, or numbers, of more than 64 KiB: jumped over. Where a reader has no such function, they are an error. */
  long?(field: number): void;
  /** Gives the reader for a field of kind `message`. */
  enter?(field: number): MessageReader;
  /** The message has ended. */
  leave?(): void;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Google's own parsers stop here too. */
const MAX_DEPTH = 100;
/** Names, paths and the dims of one tensor; far above anything real, far below what would fill the memory. */
const MAX_VALUE_BYTES = 64 * 1024;
/** What is handed to `data` with its content, at most, in bytes. */
export const SHORT_DATA = 1024;
/** The longest tag with the longest length. */
const MAX_HEAD_BYTES = 20;
/** Fields between two breaks for the event loop: well under a millisecond. */
const FIELDS_PER_TURN = 4096;

/**
 * Walks the message that the source holds.
 *
 * @throws EngineryError `ENGINERY_INVALID_MODEL` with the byte offset where the format is broken; `ENGINERY_FILE_UNREADABLE`.
 */
export async function walk(source: ModelSource, root: MessageReader): Promise<void> {
  const outer: { reader: MessageReader; end: number }[] = [];
  const cursor = new Cursor(source);
  let reader = root;
  let end = source.size;
  let fields = 0;

  for (;;) {
    while (cursor.position === end) {
      reader.leave?.();
      const parent = outer.pop();
      if (parent === undefined) return;
      reader = parent.reader;
      end = parent.end;
    }
    fields += 1;
    if (fields % FIELDS_PER_TURN === 0) await setImmediate();

    const at = cursor.position;
    if (!cursor.holds(MAX_HEAD_BYTES)) await cursor.hold(MAX_HEAD_BYTES);
    const tag = cursor.varint(end);
    const field = Math.floor(tag / 8);
    const wireType = tag & 7;
    const wanted = reader.fields[field];
    if (field < 1 || field > 0x1fffffff) throw broken(source, `${reader.type} has a field number out of range`, at);

    if (wireType === VARINT) {
      const value = cursor.varint(end);
      if (wanted === undefined || wanted[0] === 'data') continue;
      if (wanted[0] !== 'int') throw broken(source, `${nameOf(reader, field)} is a number`, at);
      reader.int?.(field, value);
      continue;
    }
    if (wireType === FIXED64 || wireType === FIXED32) {
      const bytes = wireType === FIXED64 ? 8 : 4;
      const isFloat = wanted?.[0] === 'float' && bytes === 4;
      if (!isFloat && wanted !== undefined && wanted[0] !== 'data') {
        throw broken(source, `${nameOf(reader, field)} has wire type ${wireType}`, at);
      }
      if (cursor.position + bytes > end) throw tooLong(source, reader, field, bytes, end, at);
      if (isFloat) reader.float?.(field, cursor.float());
      else cursor.position += bytes;
      continue;
    }
    if (wireType !== LENGTH) throw broken(source, `${nameOf(reader, field)} has wire type ${wireType}`, at);

    const length = cursor.varint(end);
    if (length < 0 || cursor.position + length > end) throw tooLong(source, reader, field, length, end, at);
    if (wanted === undefined) {
      cursor.position += length;
      continue;
    }
    const kind = wanted[0];
    if (kind === 'size') {
      reader.size?.(field, length);
      cursor.position += length;
    } else if (kind === 'data') {
      const short = length <= SHORT_DATA;
      if (short && !cursor.holds(length)) await cursor.hold(length);
      reader.data?.(field, cursor.position, length, short ? cursor.bytes(length) : null);
      cursor.position += length;
    } else if (kind === 'message') {
      if (outer.length === MAX_DEPTH) throw broken(source, `messages are nested more than ${MAX_DEPTH} deep`, at);
      outer.push({ reader, end });
      reader = reader.enter?.(field) as MessageReader;
      end = cursor.position + length;
    } else {
      if (length > MAX_VALUE_BYTES) {
        if (reader.long === undefined) throw broken(source, `${nameOf(reader, field)} is ${length} bytes long`, at);
        reader.long(field);
        cursor.position += length;
        continue;
      }
      if (!cursor.holds(length)) await cursor.hold(length);
      if (kind === 'text') {
        reader.text?.(field, cursor.text(length));
      } else {
        const last = cursor.position + length;
        if (kind === 'float' && length % 4 !== 0) {
          throw broken(source, `${nameOf(reader, field)} has ${length} bytes, which are no whole numbers`, at);
        }
        while (cursor.position < last) {
          if (kind === 'int') reader.int?.(field, cursor.varint(last));
          else reader.float?.(field, cursor.float());
        }
      }
    }
  }
}

/** A place in the source. Its readers expect the bytes in the window: {@link Cursor.hold} gets them there. */
class Cursor {
  position = 0;
  private readonly source: ModelSource;

  constructor(source: ModelSource) {
    this.source = source;
  }

  /** True where the window holds the next `count` bytes, or all up to the source's end. */
  holds(count: number): boolean {
    const { start, window, size } = this.source;
    const until = start + window.length;
    return this.position >= start && (this.position + count <= until || (until === size && this.position <= size));
  }

  hold(count: number): Promise<void> {
    return this.source.load(this.position, Math.min(count, this.source.size - this.position));
  }

  /** A varint that ends before `end`, as a signed 64-bit number; inexact beyond 2^53. */
  varint(end: number): number {
    const { window, start, size } = this.source;
    const from = this.position - start;
    const first = window[from] as number;
    if (first < 0x80 && this.position < end) {
      this.position += 1;
      return first;
    }
    const limit = Math.min(end - start, from + 10);
    let value = 0;
    let scale = 1;
    for (let i = from; i < limit; i++) {
      const byte = window[i] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.position = start + i + 1;
        // Ten bytes: the sign bit is set, unless the tenth says something that 64 bits cannot hold.
        return value < 2 ** 63 ? value : signed(window.subarray(from, i + 1));
      }
      scale *= 128;
    }
    if (limit === from + 10) throw broken(this.source, 'a number has more than ten bytes', this.position);
    if (end === size) throw cutShort(this.source, 'a number', 1, this.position);
    throw broken(this.source, 'a number runs beyond its message', this.position);
  }

  /** The window must hold four bytes, as it does after {@link hold} of a head. */
  float(): number {
    const value = this.source.window.readFloatLE(this.position - this.source.start);
    this.position += 4;
    return value;
  }

  /** A view of the window: the next move of the window changes it. */
  bytes(count: number): Buffer {
    const from = this.position - this.source.start;
    return this.source.window.subarray(from, from + count);
  }

  text(bytes: number): string {
    const from = this.position - this.source.start;
    this.position += bytes;
    return this.source.window.toString('utf8', from, from + bytes);
  }
}

function signed(bytes: Uint8Array): number {
  let value = 0n;
  bytes.forEach((byte, i) => {
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
  });
  return Number(BigInt.asIntN(64, value));
}

function nameOf(reader: MessageReader, field: number): string {
  return `${reader.type}.${reader.fields[field]?.[1] ?? `field ${field}`}`;
}

/** A file that was cut short is told from one that contradicts itself: there, the outermost length is the first to lie. */
function tooLong(
  source: ModelSource,
  reader: MessageReader,
  field: number,
  length: number,
  end: number,
  at: number,
): EngineryError {
  if (end === source.size && length >= 0) return cutShort(source, nameOf(reader, field), length, at);
  return broken(source, `${nameOf(reader, field)} has ${length} bytes, and ${reader.type} ends at byte ${end}`, at);
}

function broken(source: ModelSource, what: string, offset: number): EngineryError {
  return invalidModel(source.name, `is damaged at byte ${offset}: ${what}`, offset);
}

function cutShort(source: ModelSource, name: string, needed: number, offset: number): EngineryError {
  const size = `${needed} bytes from byte ${offset} on, of ${source.size} in all`;
  return invalidModel(source.name, `ends in the middle of ${name} (${size}): it was cut short, or damaged`, offset);
}
