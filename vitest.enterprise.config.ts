import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:enterprise`: the real libraries of TensorRT 10 and 11. Not in CI: a gigabyte to download. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/enterprise/**/*.test.ts'],
    globalSetup: './test/support/obtain-enterprise.ts',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 1_800_000,
  },
});

export default config;
