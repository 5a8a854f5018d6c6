import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm run test:driver`: an emulated TensorRT that only copies, over the driver of this machine's GPU. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    name: 'driver',
    include: ['test/driver/**/*.test.ts'],
    globalSetup: './test/support/find-gpus.ts',
    fileParallelism: false,
    hookTimeout: 900_000,
  },
});

export default config;
