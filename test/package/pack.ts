/** Packs the package once for all files of the suite, as a release would: `npm pack` with its hooks. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { output, ROOT } from '../support/commands.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of this run, removed at its end. */
    work: string;
    /** The packed package. */
    tarball: string;
  }
}

export default async function pack(project: TestProject): Promise<() => Promise<void>> {
  const work = await mkdtemp(join(tmpdir(), 'enginery-package-'));
  const remove = (): Promise<void> => rm(work, { recursive: true, force: true });
  try {
    await output('npm', ['pack', '--silent', '--pack-destination', work], { cwd: ROOT });
    const tarball = (await readdir(work)).find((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error(`npm pack left no tarball in ${work}`);
    project.provide('work', work);
    project.provide('tarball', join(work, tarball));
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
