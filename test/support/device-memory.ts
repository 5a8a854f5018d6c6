/** How much memory of the GPU is in use, of all processes, as the driver's own tool counts it. */
import type { TestContext } from 'vitest';
import { output } from './commands.js';
import type { TestGpu } from './gpu.js';

/** MiB. Counted by `nvidia-smi`: skips where there is none, as with an emulated GPU, which is in the memory of this process. */
export async function usedMemory(gpu: TestGpu, context: TestContext): Promise<number> {
  if (gpu.emulated) context.skip('needs a GPU: an emulated one has no nvidia-smi');
  const [index = '0'] = (process.env.CUDA_VISIBLE_DEVICES || '0').split(',');
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', `--id=${index}`];
  const answer = await output('nvidia-smi', query).catch((error: Error) => error.message);
  const used = Number.parseInt(answer, 10);
  if (Number.isNaN(used)) context.skip(`needs a GPU whose memory nvidia-smi counts: ${answer.trim()}`);
  return used;
}
