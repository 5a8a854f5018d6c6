// @module-tag sessions
/** The contract, on the CPU. */
import { describe } from 'vitest';
import { backendContract } from '../support/backend-contract.js';
import { BACKENDS } from '../support/backends.js';

describe.each(BACKENDS)('$title', backendContract);
