/** Memory that JavaScript and native code write to for each other; native/addon/run_page.h has the same layout. */

const REQUEST_NUMBERS = 1024;
const RESULT_NUMBERS = 4096;
const REQUEST_BYTES = 16 * 1024;

/** Parts of the page. */
export interface RunPage {
  readonly requestNumbers: Float64Array;
  readonly resultNumbers: Float64Array;
  /** Where the bytes of requests begin, and how many there are. */
  readonly requestBytes: { readonly start: number; readonly length: number };
  /** Where the bytes of results begin. */
  readonly resultBytes: number;
  readonly buffer: ArrayBuffer;
}

/** @param buffer - What `openRunPage` of the addon gives. */
export function toRunPage(buffer: ArrayBuffer): RunPage {
  const requestNumbers = new Float64Array(buffer, 0, REQUEST_NUMBERS);
  const resultNumbers = new Float64Array(buffer, requestNumbers.byteLength, RESULT_NUMBERS);
  const start = requestNumbers.byteLength + resultNumbers.byteLength;
  const requestBytes = { start, length: REQUEST_BYTES };
  return { buffer, requestNumbers, resultNumbers, requestBytes, resultBytes: start + REQUEST_BYTES };
}
