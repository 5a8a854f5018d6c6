import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { shared } from './test/support/config.js';

/** `npm test`: everything that needs no GPU, the real TensorRT that `npm run quickstart` obtained included. */
const config: ViteUserConfig = defineConfig({
  test: {
    ...shared,
    include: ['test/{unit,types,native,runtime}/**/*.test.ts'],
    exclude: ['**/*.versions.test.ts'],
  },
});

export default config;
