import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:endurance`: what takes minutes to show, such as processes killed at random and thousands of broken files. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/endurance/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
  },
});

export default config;
