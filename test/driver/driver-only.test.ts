// @module-tag graphs
// @module-tag memory
// @module-tag streams
/** native/test/driver_only_test.cpp: the C++ part alone, on a stream, captured into a graph, and its memory. */
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../support/commands.js';
import { onEveryDriver } from '../support/gpu.js';

onEveryDriver((gpu) => {
  test('runs on a stream, is captured into a graph, and gives all memory back', async () => {
    const program = join(dirname(gpu.library), '../../driver_only_test');
    const env = { ...process.env, ENGINERY_CUDA_LIBRARY: gpu.driver };
    const { status, stdout } = await command(program, [`--gtest_filter=*/${gpu.family}`], { env });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/\[ {2}PASSED {2}\] 3 tests/) });
  });
});
