// @module-tag sessions
/** The contract that every backend keeps, on this machine's GPU. */
import { backendContract } from '../support/backend-contract.js';
import { gpuBackend } from '../support/emulator.js';
import { onEveryGpu } from '../support/gpu.js';

onEveryGpu((gpu) => backendContract(gpuBackend(gpu)));
