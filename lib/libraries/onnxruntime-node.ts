/** The npm package `onnxruntime-node`: it carries ONNX Runtime's library, and runs models where our addon has no binary. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EngineryError } from '../errors.js';
import { PRODUCTS } from './products.js';
import { names } from './python.js';

/** An installed `onnxruntime-node` that has a binary for this machine. */
export interface ResolvedOnnxRuntimeNode {
  /** File of its main module. */
  readonly path: string;
  readonly version: string;
}

/** Its folders, as the project sees it and as we do. */
export function onnxRuntimeNodeFolders(): string[] {
  const folders: string[] = [];
  for (const from of [pathToFileURL(join(process.cwd(), 'package.json')), import.meta.url]) {
    try {
      folders.push(dirname(createRequire(from).resolve('onnxruntime-node/package.json')));
    } catch {
      // It is optional: not installed is the usual case.
    }
  }
  return folders;
}

/**
 * The first `onnxruntime-node` with a binary for this machine.
 *
 * @throws EngineryError `ENGINERY_DEPENDENCY_MISSING` where there is none; `ENGINERY_LIBRARY_UNSUPPORTED` where the environment
 * names another ONNX Runtime: nobody wants another library than the one they asked for.
 */
export async function resolveOnnxRuntimeNode(): Promise<ResolvedOnnxRuntimeNode> {
  const { environment } = PRODUCTS.onnxruntime;
  if (process.env[environment]) {
    const message = `onnxruntime-node brings its own ONNX Runtime, and ${environment} names another`;
    throw new EngineryError('ENGINERY_LIBRARY_UNSUPPORTED', message, { hint: `Unset ${environment}.` });
  }
  const folders = onnxRuntimeNodeFolders();
  for (const folder of folders) {
    if (!(await hasBinary(folder))) continue;
    const manifest = join(folder, 'package.json');
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    return { path: createRequire(manifest).resolve(folder), version };
  }
  const what =
    folders.length === 0 ? 'is not installed' : `has no binary for ${process.platform}-${process.arch} (${folders[0]})`;
  throw new EngineryError('ENGINERY_DEPENDENCY_MISSING', `The package "onnxruntime-node" ${what}.`, {
    hint: 'npm i onnxruntime-node',
  });
}

/** They lie in a folder for the version of Node-API. */
async function hasBinary(folder: string): Promise<boolean> {
  const bin = join(folder, 'bin');
  for (const api of await names(bin)) {
    const files = await names(join(bin, api, process.platform, process.arch));
    if (files.some((name) => name.endsWith('.node'))) return true;
  }
  return false;
}
