/** Small pieces that every benchmark needs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export function median(values) {
  return quantile(values, 0.5);
}

export function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/**
 * Runs two sides `count` times in turn, the first of each pair alternating, after one unmeasured turn each.
 *
 * @returns {Promise<{ ratio: number, ours: number, theirs: number }>} median of ours/theirs over pairs; medians of each
 */
export async function comparePairs(count, ours, theirs) {
  await ours();
  await theirs();
  const pairs = [];
  for (let i = 0; i < count; i++) {
    const pair = {};
    for (const side of i % 2 ? ['ours', 'theirs'] : ['theirs', 'ours'])
      pair[side] = await (side === 'ours' ? ours : theirs)();
    pairs.push(pair);
  }
  return {
    ratio: median(pairs.map((pair) => pair.ours / pair.theirs)),
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
  };
}

/** Runs a program to its end. @returns {Promise<{ ms: number, stdout: string }>} */
export async function timeProcess(program, args, env = {}) {
  const start = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${stderr}`);
  return { ms: performance.now() - start, stdout };
}

export const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
export const times = (value) => `${value.toFixed(3)} ×`;
export const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
