import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:reference`: the analysis of models and sessions against references that are obtained from packages. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/reference/**/*.test.ts'],
    globalSetup: './test/support/obtain-reference.ts',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});

export default config;
