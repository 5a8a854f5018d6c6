/** The file that ONNX Runtime's profiler writes: events in Chrome's trace format, in the order in which they ended. */

import { createReadStream } from 'node:fs';

/** Something that took time: a node, or a whole run. */
export interface TraceEvent {
  /** `Node`, `Session`, … */
  readonly category: string;
  readonly name: string;
  readonly thread: string;
  /** Microseconds since the session was made. */
  readonly start: number;
  /** Microseconds. */
  readonly duration: number;
  /** Of nodes: its operator, and its place in its graph. */
  readonly operator: string | undefined;
  readonly index: string | undefined;
}

const BEGINNING = '{"cat"';
// Not by JSON.parse: ONNX Runtime writes names as they are, quotes and backslashes included.
const EVENT =
  /^\{"cat" : "(\w+)","pid" :\d+,"tid" :(\d+),"dur" :(\d+),"ts" :(\d+),"ph" : "X","name" :"(.*)","args" : \{(.*)\}\},?$/s;
const OPERATOR = /"op_name" : "(.*?)"/;
const INDEX = /"node_index" : "(.*?)"/;

/** Reads the events, however many there are. */
export async function* readTrace(path: string, signal?: AbortSignal): AsyncGenerator<TraceEvent> {
  let lines: string[] = [];
  for await (const line of linesOf(path, signal)) {
    // A name may have more than one line.
    if (line.startsWith(BEGINNING) || line === ']') {
      const event = parseEvent(lines.join('\n'));
      if (event !== undefined) yield event;
      lines = [];
    }
    lines.push(line);
  }
}

async function* linesOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
    signal?.throwIfAborted();
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Undefined for what is no event. */
export function parseEvent(text: string): TraceEvent | undefined {
  // Asked first, as the expression would look for an end in many places.
  const complete = text.endsWith('}}') || text.endsWith('}},');
  const [, category, thread, duration, start, name, details] = (complete && EVENT.exec(text)) || [];
  if (category === undefined || thread === undefined || name === undefined || details === undefined) return undefined;
  return {
    category,
    name,
    thread,
    start: Number(start),
    duration: Number(duration),
    operator: OPERATOR.exec(details)?.[1],
    index: INDEX.exec(details)?.[1],
  };
}
