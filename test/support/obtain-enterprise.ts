/** Obtains TensorRT Enterprise for `npm run test:enterprise`, from Maven, and keeps it in the user's cache folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { cacheFolder } from '../../dist/libraries/folders.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folders with the libraries, by version. */
    enterprise: Readonly<Record<string, string>>;
  }
}

const RELEASES = { '10.15.1': '10.15-1.5.13', '11.2.1': '11.2-1.5.14' } as const;

export default function setup(project: TestProject): void {
  const folders = Object.entries(RELEASES).map(([version, artifact]) => [version, obtain(version, artifact)]);
  project.provide('enterprise', Object.fromEntries(folders));
}

function obtain(version: string, artifact: string): string {
  const folder = join(cacheFolder(), 'test-enterprise', version);
  if (existsSync(folder)) return folder;
  console.log(
    `TensorRT ${version}: NVIDIA's, under its proprietary licence; org.bytedeco:tensorrt:${artifact} (0.5 GB)`,
  );
  const temporary = `${folder}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    const coordinates = `org.bytedeco:tensorrt:${artifact}:jar:linux-x86_64-redist`;
    execFileSync('mvn', ['-q', 'dependency:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${temporary}`], {
      stdio: 'inherit',
    });
    const jar = join(temporary, `tensorrt-${artifact}-linux-x86_64-redist.jar`);
    const wanted = ['*/libnvinfer.so*', '*/libnvonnxparser.so*', '*/libnvinfer_plugin.so*'];
    execFileSync('unzip', ['-qoj', jar, ...wanted, '-d', temporary], { stdio: 'inherit' });
    rmSync(jar);
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
