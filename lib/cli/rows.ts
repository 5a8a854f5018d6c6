/** What `enginery inspect` prints for people: a label, and a value on each line. */

import { print } from './output.js';

/** One line; a label of `''` continues the line above. */
export function row(label: string, value: string): void {
  print(`${label.padEnd(14)}${value}`.trimEnd());
}

/** A line for each value, the label on the first; `none` where there are none. */
export function rows(label: string, values: readonly string[]): void {
  if (values.length === 0) row(label, 'none');
  values.forEach((value, i) => {
    row(i === 0 ? label : '', value);
  });
}
