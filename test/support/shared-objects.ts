/** Small shared objects for tests, compiled on the spot: libraries that are almost what they claim to be. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const compiler = process.env.CXX ?? 'c++';

/** Compiles C++ source into a shared object at `path`; makes its folder. */
export async function compileSource(path: string, source: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const file = `${path}.cpp`;
  await writeFile(file, source);
  return compileFile(path, file);
}

/** Compiles one C++ file into a shared object at `path`. */
export async function compileFile(path: string, file: string): Promise<string> {
  await run(compiler, ['-std=c++20', '-shared', '-fPIC', '-O0', '-o', path, file, '-ldl']);
  return path;
}

/** For {@link fakeTensorRT}: ends the process as soon as it is asked for anything. */
export const CRASHES = `
  #include <stdlib.h>
  extern "C" void* createInferBuilder_INTERNAL(void*, int) { abort(); }
  extern "C" void* createNvOnnxParser_INTERNAL(void*, void*, int) { return nullptr; }`;

/** A library that says it is TensorRT of a version, as `1.8.0.1`, and more where `extra` says so. */
export async function fakeTensorRT(path: string, version: string, extra = ''): Promise<string> {
  const [major = 0, minor = 0, patch = 0, build = 0] = version.split('.').map(Number);
  const source = `
    extern "C" int getInferLibVersion() { return ${major * 10000 + minor * 100 + patch}; }
    extern "C" int getInferLibMajorVersion() { return ${major}; }
    extern "C" int getInferLibMinorVersion() { return ${minor}; }
    extern "C" int getInferLibPatchVersion() { return ${patch}; }
    extern "C" int getInferLibBuildVersion() { return ${build}; }
    ${extra}`;
  return compileSource(path, source);
}
