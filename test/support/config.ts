/** What the three vitest configurations share. */
import type { ViteUserConfig } from 'vitest/config';

type TestConfig = NonNullable<ViteUserConfig['test']>;

const report = process.env.ENGINERY_TEST_REPORT;

export const shared: TestConfig = {
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
