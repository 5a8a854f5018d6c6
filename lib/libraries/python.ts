import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Site-packages folders that exist in the usual places, the active environment's first. Starts no Python. */
export async function knownSitePackages(): Promise<string[]> {
  const prefixes = [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX, join(homedir(), '.local'), '/usr/local'];
  const folders: string[] = [];
  for (const prefix of prefixes) {
    if (!prefix) continue;
    const library = join(prefix, 'lib');
    for (const name of await names(library)) {
      if (/^python3(\.\d+)?$/.test(name)) {
        folders.push(join(library, name, 'site-packages'), join(library, name, 'dist-packages'));
      }
    }
  }
  return [...folders, '/usr/lib/python3/dist-packages'];
}

let asked: Promise<string[]> | undefined;

/**
 * The site-packages folders of the `python3` on PATH, by asking it: right for pyenv, asdf and whatever else, but tens of
 * milliseconds. Once per process; empty where there is no Python.
 */
export function askPythonForSitePackages(): Promise<string[]> {
  asked ??= new Promise((resolve) => {
    const script =
      'import json, site, sysconfig; ' +
      'print(json.dumps([sysconfig.get_path("platlib"), *site.getsitepackages(), site.getusersitepackages()]))';
    execFile('python3', ['-c', script], { timeout: 10_000 }, (error, stdout) => {
      resolve(error === null ? parseFolders(stdout) : []);
    });
  });
  return asked;
}

function parseFolders(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? [...new Set(value.filter((entry) => typeof entry === 'string'))] : [];
  } catch {
    return []; // Something else answers to the name python3.
  }
}

/** The names in a folder; none where it is absent or closed to us. */
export async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
