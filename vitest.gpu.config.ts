import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:gpu`: TensorRT on this machine's GPU. Skipped, with the reason, where there is none. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/gpu/**/*.test.ts'],
    globalSetup: './test/support/find-gpus.ts',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
});

export default config;
