/** Small wheels, and Pythons that misbehave: what `enginery setup` meets, without a network. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const MAKE_WHEEL = `
import base64, hashlib, json, sys, zipfile
target, dist_info, files, changes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
name, version = dist_info[:-len('.dist-info')].rsplit('-', 1)
files = {
    **files,
    dist_info + '/METADATA': 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' % (name, version),
    dist_info + '/WHEEL': 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
}
record = ''
for path, text in files.items():
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
    record += '%s,sha256=%s,%d\\n' % (path, digest, len(text))
record += dist_info + '/RECORD,,\\n'
files.update(changes)
with zipfile.ZipFile(target, 'w') as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
    wheel.writestr(dist_info + '/RECORD', record)
`;

export interface FakeWheel {
  /** The package's name with underscores. */
  readonly name: string;
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
  /** Files that differ from what the RECORD says, or are not in it. */
  readonly changes?: Readonly<Record<string, string>>;
}

/** Writes a wheel into a folder that pip's find-links can point to. */
export async function writeWheel(folder: string, { name, version, files, changes = {} }: FakeWheel): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}-${version}-py3-none-any.whl`);
  const info = `${name}-${version}.dist-info`;
  await run('python3', ['-c', MAKE_WHEEL, path, info, JSON.stringify(files), JSON.stringify(changes)]);
  return path;
}

/** A wheel as NVIDIA's of TensorRT-RTX, with text in the place of libraries. */
export function rtxWheel(version: string, changes: Readonly<Record<string, string>> = {}): FakeWheel {
  return {
    name: 'tensorrt_rtx_cu13_libs',
    version,
    files: {
      'tensorrt_rtx_libs/__init__.py': '',
      'tensorrt_rtx_libs/libtensorrt_rtx.so.1': `library ${version}`,
      'tensorrt_rtx_libs/libtensorrt_onnxparser_rtx.so.1': 'parser',
      [`tensorrt_rtx_cu13_libs-${version}.dist-info/licenses/LICENSE.txt`]: 'the licence',
    },
    changes,
  };
}

/**
 * A PATH whose first `python3` is the real one, except that its pip only does `onDownload` (shell) when it is told to
 * download. The real pip takes a second to start.
 */
export async function pathWithPip(folder: string, onDownload: string): Promise<string> {
  const pip = `case "$3" in --version) exit 0;; download) ${onDownload};; esac`;
  return pathWithPython(folder, `if [ "$1 $2" = "-m pip" ]; then ${pip}; fi`);
}

/** Shell for {@link pathWithPip}: downloads every wheel of a folder. */
export function copyFrom(wheels: string): string {
  return `while [ "$1" != --dest ]; do shift; done; cp "${wheels}"/*.whl "$2"; exit`;
}

/** A PATH whose first `python3` does `first` (shell) before it becomes the real one. */
export async function pathWithPython(folder: string, first: string): Promise<string> {
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
  const shim = join(folder, 'python3');
  await mkdir(folder, { recursive: true });
  await writeFile(shim, `#!/bin/sh\n${first}\nexec "${stdout.trim()}" "$@"\n`);
  await chmod(shim, 0o755);
  return `${folder}${delimiter}${process.env.PATH}`;
}
