import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run soak`: what shows only after very many runs and sessions, above all memory that does not come back. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/soak/**/*.test.ts'],
    globalSetup: './test/support/build-emulator.ts',
    fileParallelism: false,
    testTimeout: 3_600_000,
  },
});

export default config;
