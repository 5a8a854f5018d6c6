/** What the vitest configurations share. */
import { readFileSync } from 'node:fs';
import type { ViteUserConfig } from 'vitest/config';

type TestConfig = NonNullable<ViteUserConfig['test']>;

/** What `// @module-tag` at the top of a test may name: docs/proof.md is made of it. */
const labels: Readonly<Record<'environments' | 'features', Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(new URL('../labels.json', import.meta.url), 'utf8'),
);

const report = process.env.ENGINERY_TEST_REPORT;

export const shared: TestConfig = {
  tags: Object.entries({ ...labels.environments, ...labels.features }).map(([name, description]) => ({
    name,
    description,
  })),
  // A crash of native code then fails one file, not the run.
  pool: 'forks',
  // Two builds at once on two cores wait for each other; a hang still ends.
  testTimeout: 60_000,
  hookTimeout: 120_000,
  reporters: [
    'default',
    './test/support/skips.ts',
    ...(report === undefined ? [] : [['json', { outputFile: report }] as [string, { outputFile: string }]]),
  ],
};
