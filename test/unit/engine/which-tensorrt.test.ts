import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPTIONS } from '../../../dist/engine/option-table.js';
import { ROOT } from '../../support/commands.js';

const FIRST = { rtx: '1.5', ent11: '11.0', ent10: '10.0' } as const;

test('the documented options are those of the table', async () => {
  const text = await readFile(join(ROOT, 'docs/which-tensorrt.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `([\w.]+)` \| (.*) \| (.*) \| (.*) \|$/gm)].map((match) => match.slice(1));
  const rows = new Map<string, Partial<Record<keyof typeof FIRST, string>>>();
  for (const { name, since } of OPTIONS) rows.set(name, { ...rows.get(name), ...since });
  const cell = (since: string | undefined, first: string): string =>
    since === undefined ? '–' : since === first ? 'yes' : `from ${since}`;
  const expected = [...rows].map(([name, since]) => [
    name,
    ...(['rtx', 'ent11', 'ent10'] as const).map((family) => cell(since[family], FIRST[family])),
  ]);
  expect(documented).toEqual(expected);
});
