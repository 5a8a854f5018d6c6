#!/usr/bin/env node
/** prebuildify runs this in node-gyp's place: the build is CMake's. Its options about Node versions mean nothing to Node-API. */
import { cmakeJs } from './cmake.mjs';

const argv = process.argv.slice(2);
const arch = argv.find((argument) => argument.startsWith('--arch='))?.slice('--arch='.length);
const config = argv.includes('--debug') ? 'Debug' : 'Release';
process.exitCode = cmakeJs('rebuild', '--config', config, ...(arch ? ['--arch', arch] : [])) ? 0 : 1;
