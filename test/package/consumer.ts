/** A project somewhere else that has the packed package installed, on a machine without a network. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { command, type Finished, output } from '../support/commands.js';

const work = inject('work');
const cache = join(work, 'npm-cache');

/** Without what npm and vitest tell their children, and with nothing of the user's that could help. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|config_(local|global)_prefix)|INIT_CWD|NODE_|VITEST|ENGINERY_|CI$)/.test(name),
  );
  return { ...Object.fromEntries(kept), XDG_DATA_HOME: join(work, 'data'), XDG_CACHE_HOME: join(work, 'cache') };
}

const obtained = new Map<number, Promise<string>>();

/** npm of a major version, from the registry; gives the path of its program. */
export function obtainNpm(major: number): Promise<string> {
  const program = obtained.get(major) ?? download(major);
  obtained.set(major, program);
  return program;
}

async function download(major: number): Promise<string> {
  const folder = join(work, `npm-${major}`);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await output('npm', ['install', '--silent', '--cache', cache, `npm@${major}`], {
    cwd: folder,
    env: cleanEnvironment(),
  });
  return join(folder, 'node_modules/npm/bin/npm-cli.js');
}

async function project(name: string): Promise<string> {
  const folder = join(work, name);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await cp(inject('tarball'), join(folder, 'enginery.tgz'));
  return folder;
}

/** Puts the package's dependencies into a cache of this run, so that later installs need no network. */
export async function fillCache(): Promise<void> {
  const cwd = await project('filler');
  await output('npm', ['install', '--silent', '--ignore-scripts', '--cache', cache, './enginery.tgz'], {
    cwd,
    env: cleanEnvironment(),
  });
}

/** `unshare` takes the network away, where the kernel lets this user make namespaces. */
export async function withoutNetwork(): Promise<readonly string[]> {
  const { status } = await command('unshare', ['-rn', 'true']);
  return status === 0 ? ['unshare', '-rn'] : ['env'];
}

export interface Consumer {
  readonly folder: string;
  /** What the install said. */
  readonly said: string;
  /** Runs a program in the project, without a network. */
  run(program: string, ...args: string[]): Promise<Finished>;
}

export async function install(npm: string, name: string): Promise<Consumer> {
  const folder = await project(name);
  const [first = 'env', ...rest] = await withoutNetwork();
  const run = (program: string, ...args: string[]): Promise<Finished> =>
    command(first, [...rest, program, ...args], { cwd: folder, env: cleanEnvironment() });
  const { status, stdout, stderr } = await run(
    process.execPath,
    ...[
      npm,
      'install',
      '--offline',
      '--no-audit',
      '--no-fund',
      '--foreground-scripts',
      '--cache',
      cache,
      './enginery.tgz',
    ],
  );
  const said = stdout + stderr;
  if (status !== 0) throw new Error(`npm install ended with ${status}:\n${said}`);
  return { folder, said, run };
}
