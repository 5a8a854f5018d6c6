/** A folder of its own for each test, and an environment in which only that folder counts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** A new folder, deleted when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enginery-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Points the folders of the user (home, data, cache) into a new one, for this test. */
export async function isolatedHome(): Promise<string> {
  const home = await temporaryFolder();
  const variables = {
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    VIRTUAL_ENV: '',
    CONDA_PREFIX: '',
    LD_LIBRARY_PATH: '',
    ENGINERY_TENSORRT_RTX_LIBRARY: '',
    ENGINERY_TENSORRT_LIBRARY: '',
    ENGINERY_ONNXRUNTIME_LIBRARY: '',
    ENGINERY_BACKEND: '',
    ENGINERY_CUDA_LIBRARY: '',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return home;
}
