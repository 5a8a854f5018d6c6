import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:runtimes`: what must hold for every TensorRT-RTX release, each obtained with `enginery setup`. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/runtime/**/*.versions.test.ts'],
    globalSetup: './test/support/obtain-runtimes.ts',
    fileParallelism: false,
    testTimeout: 300_000,
  },
});

export default config;
