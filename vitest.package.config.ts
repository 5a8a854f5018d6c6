import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:package`: what a consumer of the packed tarball gets. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/package/**/*.test.ts'],
    globalSetup: './test/package/pack.ts',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});

export default config;
