import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:emulator`: sessions on a GPU, on an emulated CUDA driver and emulated TensorRT libraries. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/emulator/**/*.test.ts'],
    globalSetup: './test/support/build-emulator.ts',
    fileParallelism: false,
    hookTimeout: 900_000,
  },
});

export default config;
