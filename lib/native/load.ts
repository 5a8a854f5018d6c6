import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { EngineryError, messageOf } from '../errors.js';
import type { NativeBinding } from './binding.js';

const require = createRequire(import.meta.url);
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

let binding: NativeBinding | undefined;

/**
 * The addon, loaded on first use: importing this package loads no native code.
 *
 * @throws EngineryError `ENGINERY_NATIVE_UNAVAILABLE` where no binary fits this machine.
 */
export function native(): NativeBinding {
  if (binding === undefined) {
    try {
      const load = require('node-gyp-build') as (folder: string) => NativeBinding;
      binding = load(packageFolder);
    } catch (error) {
      const why = messageOf(error).trim();
      throw new EngineryError('ENGINERY_NATIVE_UNAVAILABLE', `The native part of enginery cannot be loaded: ${why}`, {
        hint: hintFor(why),
        cause: error,
      });
    }
  }
  return binding;
}

function hintFor(message: string): string {
  if (message.includes('GLIBC'))
    return 'This Linux is older than the prebuilt binary; build it from source (see CONTRIBUTING.md).';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `There is a binary for linux-x64 (glibc); this machine is ${process.platform}-${process.arch}.`;
  }
  return 'Build it: npm i -D cmake-js node-addon-api node-api-headers && npm explore enginery -- npm run build:native';
}
