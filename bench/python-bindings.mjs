/** NVIDIA's Python bindings of the library version under test, obtained with pip into a folder of the benchmark's own. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

// The interpreter itself: `python3` may be a shell script that chooses one, and takes longer than Python to start.
const PYTHON = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
const PEER = fileURLToPath(new URL('build_peer.py', import.meta.url));

/** @returns the environment in which `build_peer.py` finds the bindings and the very library that enginery uses */
export function pythonEnvironment({ path, version }) {
  const folder = fileURLToPath(new URL(`../build-bench/bindings-${version}`, import.meta.url));
  if (!existsSync(join(folder, 'tensorrt_rtx_bindings'))) {
    const wheel = `tensorrt-rtx-cu13-bindings==${version}`;
    console.error(`obtaining ${wheel} (1.2 MB, NVIDIA's licence) with pip`);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, wheel];
    if (spawnSync(PYTHON, pip, { stdio: ['ignore', 2, 2] }).status !== 0)
      throw new Error(`pip could not install ${wheel}`);
  }
  return { PYTHONPATH: folder, LD_LIBRARY_PATH: dirname(path) };
}

export const peerCommand = (...args) => [PYTHON, [PEER, ...args]];

/** A Python process that builds on request. */
export class PythonPeer {
  #child;
  #lines;

  constructor(env) {
    const [program, args] = peerCommand('serve');
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  /** @returns {Promise<{ ms: number, bytes: number }>} */
  async build(model, output, ranges) {
    this.#child.stdin.write(`${JSON.stringify([model, output, ranges])}\n`);
    const [line] = await once(this.#lines, 'line');
    return JSON.parse(line);
  }

  async end() {
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }
}
