/**
 * What a command prints, and where: its result on stdout, everything else on stderr.
 *
 * With `--json`, stdout carries exactly one JSON document: the result, or `{ "error": { code, message, hint, details } }`.
 * The message for people is on stderr either way.
 */

import { EngineryError, messageOf } from '../errors.js';

/** What ends a process, by the conventions of a shell. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Codes that say that the command line itself has to be written differently. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'ENGINERY_INVALID_ARGUMENT',
  'ENGINERY_INVALID_OPTION',
  'ENGINERY_OPTION_UNSUPPORTED',
  'ENGINERY_INVALID_PROFILE',
]);

/** Prints a line of the result on stdout. */
export function print(text: string): void {
  process.stdout.write(`${visible(text)}\n`);
}

/** Names come out of models and manifests: what would steer the terminal is shown, not sent. */
function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Prints the result of a command that was called with `--json`. JSON has no integers past 2^53: a bigint becomes a string. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item), 2));
}

/** Prints a line on stderr: progress, warnings, what is being done. */
export function note(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}

/** Prints what went wrong: message, particulars, hint, code; with `json`, on stdout as well as a JSON document. */
export function printError(error: unknown, json: boolean): void {
  if (!(error instanceof EngineryError)) {
    note(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (json) printJson({ error: { code: 'ENGINERY_INTERNAL', message: messageOf(error) } });
    return;
  }
  note(`error: ${error.message}`);
  if (error.hint !== undefined) note(`hint: ${error.hint}`);
  note(`code: ${error.code}`);
  if (json) {
    const { code, message, hint, details } = error;
    printJson({ error: { code, message, hint, details } });
  }
}

/** The exit code for an error that reached the top. */
export function exitCodeOf(error: unknown): number {
  return error instanceof EngineryError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

/** `12.3 MiB`: bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
