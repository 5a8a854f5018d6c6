#!/usr/bin/env node
/** prebuildify runs this in node-gyp's place: the build is CMake's. Its options about Node versions mean nothing to Node-API. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const argv = process.argv.slice(2);
const arch = argv.find((argument) => argument.startsWith('--arch='))?.slice('--arch='.length);
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
const args = ['rebuild', '--log-level', 'warn', '--config', argv.includes('--debug') ? 'Debug' : 'Release'];
if (arch) args.push('--arch', arch);
process.exit(spawnSync(process.execPath, [cmakeJs, ...args], { stdio: 'inherit' }).status ?? 1);
