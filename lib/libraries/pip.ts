import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EngineryError } from '../errors.js';
import { type Ended, runProgram } from './process.js';

/** The user's Python and its pip. */
export interface Pip {
  /** Command to which pip's arguments are added. */
  readonly command: readonly string[];
  readonly python: string;
}

export interface DownloadOptions {
  /** As pip takes it: `onnxruntime==1.30.0`. */
  readonly requirement: string;
  readonly arguments: readonly string[];
  /** A folder of ours that exists; the wheel and all that pip writes on the way lie below it. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the wheel, once pip says how many it will be. */
  readonly onSize?: ((bytes: number) => void) | undefined;
}

/**
 * The user's pip: `python3 -m pip`, else `python -m pip`, else `pip3` beside a Python.
 *
 * @throws EngineryError `ENGINERY_SETUP_FAILED` with what to install.
 */
export async function findPip(signal?: AbortSignal): Promise<Pip> {
  const pythons: string[] = [];
  for (const python of ['python3', 'python']) {
    if (!(await succeeds([python, '-c', 'import sys; sys.exit(sys.version_info < (3, 8))'], signal))) continue;
    pythons.push(python);
    if (await succeeds([python, '-m', 'pip', '--version'], signal)) return { command: [python, '-m', 'pip'], python };
  }
  const [python] = pythons;
  if (python !== undefined && (await succeeds(['pip3', '--version'], signal))) return { command: ['pip3'], python };
  const missing = python === undefined ? 'Python 3.8 or newer was not found' : `${python} has no pip`;
  throw new EngineryError('ENGINERY_SETUP_FAILED', `The library comes as a Python package, and ${missing}.`, {
    hint: 'Install Python with pip: apt install python3-pip, or dnf install python3-pip.',
  });
}

async function succeeds(command: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await runProgram(command, { signal })).code === 0;
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  }
}

/**
 * Downloads one wheel with the user's pip and its settings (index, proxy, certificates), and gives its path. pip compares
 * the wheel with the digest its index states.
 *
 * @throws EngineryError `ENGINERY_SETUP_FAILED`, `ENGINERY_DISK_FULL`.
 */
export async function downloadWheel(pip: Pip, options: DownloadOptions): Promise<string> {
  const wheels = join(options.folder, 'wheels');
  const temporary = join(options.folder, 'tmp');
  await mkdir(wheels);
  await mkdir(temporary);
  const ended = await runProgram(
    [
      ...pip.command,
      'download',
      ...['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--no-input', '--disable-pip-version-check'],
      ...['--progress-bar', 'off', '--retries', '2', '--dest', wheels],
      ...options.arguments,
      options.requirement,
    ],
    {
      // pip downloads into the temporary folder first: below ours, it is measured, and deleted with it.
      env: { ...process.env, TMPDIR: temporary, PYTHONDONTWRITEBYTECODE: '1', PIP_QUIET: '0' },
      signal: options.signal,
      onOutput: (text) => {
        const bytes = statedSize(text);
        if (bytes !== null) options.onSize?.(bytes);
      },
    },
  );
  const [wheel] = (await readdir(wheels)).filter((name) => name.endsWith('.whl'));
  if (ended.code !== 0 || wheel === undefined) throw pipError(options, ended);
  return join(wheels, wheel);
}

/** pip's "Downloading name.whl (95.2 MB)", in bytes. */
function statedSize(text: string): number | null {
  const match = /\((\d+(?:\.\d+)?) (bytes|kB|MB|GB)\)/.exec(text);
  if (match === null) return null;
  const unit = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[match[2] ?? ''] ?? 1;
  return Math.round(Number(match[1]) * unit);
}

const FULL = /No space left on device|\[Errno 28\]|Disk quota exceeded/;
const OFFLINE =
  /NewConnectionError|ConnectTimeout|ReadTimeout|Temporary failure in name resolution|Name or service not known|ProxyError|Network is unreachable|Connection (refused|reset)|SSLError|CERTIFICATE_VERIFY_FAILED/;

/** True where a program's output says that the disk is full. */
export function saysDiskFull(output: string): boolean {
  return FULL.test(output);
}

function pipError({ requirement, folder }: DownloadOptions, { output, code }: Ended): EngineryError {
  const lines = output.split('\n').map((line) => line.trim());
  const errors = lines.filter((line) => line.startsWith('ERROR:')).map((line) => line.slice('ERROR:'.length).trim());
  const said = errors.join(' ') || lines.filter((line) => line !== '').at(-1) || `exit code ${code}`;
  const details = { output };
  if (saysDiskFull(output)) {
    return new EngineryError(
      'ENGINERY_DISK_FULL',
      `The disk is full: ${requirement} did not fit into ${dirname(folder)}.`,
      {
        hint: 'Free some space, or point XDG_DATA_HOME to a larger disk.',
        details,
      },
    );
  }
  if (OFFLINE.test(output)) {
    return new EngineryError(
      'ENGINERY_SETUP_FAILED',
      `pip could not reach its package index for ${requirement}: ${said}`,
      {
        hint: 'Check the network, or pip’s proxy and index settings (pip config list). Without a network, put the wheel into a folder and set PIP_FIND_LINKS to it and PIP_NO_INDEX=1.',
        details,
      },
    );
  }
  return new EngineryError('ENGINERY_SETUP_FAILED', `pip could not download ${requirement}: ${said}`, {
    hint: `Try the same with pip itself: pip download --no-deps --only-binary=:all: ${requirement}`,
    details,
  });
}
