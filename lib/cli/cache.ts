/** `enginery cache`: the engines that were built without `--saveEngine`. */

import { rm } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { parseByteSize } from '../engine/byte-size.js';
import { engineFolder, sizeLimit } from '../engine/cache/cache-folder.js';
import { type ListedEntry, listEntries } from '../engine/cache/list-entries.js';
import { sweep, type Trimmed, trim } from '../engine/cache/trim.js';
import { formatBytes, print, printJson } from './output.js';

interface Flags {
  readonly json?: true;
  readonly limit?: number;
}

/** The command `enginery cache`. */
export function cacheCommand(): Command {
  const command = new Command('cache').addHelpText(
    'after',
    '\nENGINERY_CACHE_FOLDER names the folder, ENGINERY_CACHE_LIMIT its size (10GiB unless told).',
  );
  const json = (inner: Command): Command => inner.option('--json', 'print the result as JSON');
  json(command.command('ls').description('list the engines, the one last used first')).action(list);
  json(command.command('path').description('print the folder')).action((flags: Flags) => {
    const path = engineFolder();
    if (flags.json) printJson({ path });
    else print(path);
  });
  json(command.command('prune').description('remove what dead builds left, and engines until the rest fits'))
    .addOption(
      new Option('--limit <size>', 'bytes, or with a unit: 2GiB (default: ENGINERY_CACHE_LIMIT)').argParser((text) =>
        parseByteSize(text, '--limit'),
      ),
    )
    .action((flags: Flags) => remove(flags, flags.limit ?? sizeLimit()));
  json(command.command('clear').description('remove every engine that is not being built')).action((flags: Flags) =>
    remove(flags, 0),
  );
  return command;
}

async function list(flags: Flags): Promise<void> {
  const folder = engineFolder();
  const entries = await listEntries(folder);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (flags.json) return printJson({ path: folder, bytes, limit: sizeLimit(), entries });
  for (const entry of entries) print(line(entry));
  print(`${count(entries)}, ${formatBytes(bytes)} of ${formatBytes(sizeLimit())}, in ${folder}`);
}

async function remove(flags: Flags, limit: number): Promise<void> {
  const folder = engineFolder();
  await sweep(folder);
  const removed: Trimmed = await trim(folder, limit);
  await rm(folder, { recursive: false }).catch(() => {}); // only where nothing is left in it
  if (flags.json) return printJson(removed);
  for (const entry of removed.entries) print(line(entry));
  print(`removed ${count(removed.entries)}, ${formatBytes(removed.bytes)}`);
}

function count({ length }: readonly ListedEntry[]): string {
  return `${length} ${length === 1 ? 'engine' : 'engines'}`;
}

function line({ key, model, library, bytes, lastUsed }: ListedEntry): string {
  const what = `${model ?? 'a model given as bytes'}, ${library ?? 'broken'}`;
  return `${key.slice(0, 12)}  ${formatBytes(bytes).padStart(10)}  ${lastUsed.toISOString().slice(0, 16)}  ${what}`;
}
