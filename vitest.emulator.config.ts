import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:emulator`: sessions on emulated GPUs. The tests for real ones run there as well, which tries these tests. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/{emulator,gpu,driver}/**/*.test.ts'],
    globalSetup: './test/support/build-emulator.ts',
    fileParallelism: false,
    env: { ENGINERY_SOAK_SHARE: process.env.ENGINERY_SOAK_SHARE ?? '0.05' },
    hookTimeout: 900_000,
    testTimeout: 300_000,
  },
});

export default config;
