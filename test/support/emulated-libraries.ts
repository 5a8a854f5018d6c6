/** The emulated TensorRTs, in the folder that scripts/native/emulator.mjs builds into. */
import type { Family } from '../../dist/libraries/verdict.js';

export interface EmulatedLibrary {
  readonly family: Family;
  readonly title: string;
  readonly backend: 'tensorrt-rtx' | 'tensorrt';
  readonly file: string;
}

export const EMULATED_LIBRARIES: readonly EmulatedLibrary[] = [
  { family: 'rtx', title: 'tensorrt-rtx', backend: 'tensorrt-rtx', file: 'rtx/libtensorrt_rtx.so.1' },
  { family: 'ent11', title: 'tensorrt 11', backend: 'tensorrt', file: 'ent11/libnvinfer.so.11' },
  { family: 'ent10', title: 'tensorrt 10', backend: 'tensorrt', file: 'ent10/libnvinfer.so.10' },
];
