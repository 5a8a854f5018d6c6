/** `enginery doctor`: what this machine has, what it is good for, and what a session would run on. */

import { Command } from 'commander';
import type { FoundLibrary } from '../libraries/find.js';
import { PRODUCTS } from '../libraries/products.js';
import type { Verdict } from '../libraries/verdict.js';
import { type Diagnosis, diagnose } from '../session/diagnose.js';
import { formatBytes, print, printJson } from './output.js';

/** The command `enginery doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--json', 'print the diagnosis as JSON')
    .action(async (flags: { json?: true }) => {
      const diagnosis = await diagnose();
      if (flags.json) printJson(diagnosis);
      else report(diagnosis);
    });
}

function report({ enginery, system, glibc, node, addon, cuda, libraries, folders, auto }: Diagnosis): void {
  row('enginery', `${enginery}, Node ${node}`);
  row('system', `${system.name}, kernel ${system.kernel}, ${system.architecture}, ${libc(glibc)}`);
  row('machine', `${system.cpu}, ${system.cores} cores, ${formatBytes(system.memoryBytes)}`);
  if (addon.loaded) row('addon', `loaded; builds with families: ${addon.families.join(', ') || 'none'}`);
  else row('addon', `NOT LOADED: ${addon.reason}`, addon.hint);

  row('driver', cuda.driver === null ? 'none' : `${cuda.driver.path}, CUDA ${cuda.driver.cudaVersion ?? 'unknown'}`);
  for (const { index, name, computeCapability, memoryBytes } of cuda.devices) {
    row(`GPU ${index}`, `${name}, compute capability ${computeCapability}, ${formatBytes(memoryBytes)}`);
  }
  if (cuda.devices.length === 0) row('GPU', `none: ${cuda.reason?.message ?? 'the driver reports no device'}`);

  print('');
  for (const product of ['tensorrt-rtx', 'tensorrt', 'onnxruntime'] as const) {
    const found = libraries.filter((library) => library.product === product);
    if (found.length === 0) row(PRODUCTS[product].title, 'not found', setupHint(product));
    for (const library of found) describe(library);
  }

  print('');
  if (auto.name === null) row('auto', 'no backend');
  else row('auto', `${auto.name} ${auto.version}${auto.device ? `, GPU ${auto.device.index}` : ''}`, auto.library);
  for (const { backend, message } of auto.reasons) row('', `not ${backend}: ${message}`);
  row('folders', `${folders.data} (libraries), ${folders.cache} (cache)`);
}

function describe({ product, path, source, version, family, build, run }: FoundLibrary): void {
  row(PRODUCTS[product].title, `${version ?? 'not usable'}${family ? `, family ${family}` : ''} (${source})`, path);
  if (version === null) {
    row('', `${verdict(run)}`);
    return;
  }
  if (product !== 'onnxruntime') row('', `build: ${verdict(build)}`);
  row('', `run:   ${verdict(run)}`);
}

function verdict(it: Verdict): string {
  return it.ok ? 'yes' : `no, ${it.reason}`;
}

function libc(glibc: string | null): string {
  return glibc === null ? 'no glibc' : `glibc ${glibc}`;
}

function setupHint(product: string): string | undefined {
  return product === 'tensorrt' ? undefined : `obtain it: npx enginery setup ${product}`;
}

function row(label: string, ...lines: (string | undefined)[]): void {
  const text = lines.filter((line) => line !== undefined).join('\n');
  const [first, ...rest] = text.split('\n').filter((line) => line.trim() !== '');
  print(`${label.padEnd(14)}${first}`);
  for (const line of rest) print(`${' '.repeat(14)}${line}`);
}
