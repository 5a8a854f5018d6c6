/** What reading models takes, measured in a process of its own. */
import { join } from 'node:path';
import { output, ROOT } from './commands.js';

/** Peak memory counts from here: `maxRSS` would begin with what the parent had. */
const READ_ALL = `
  const { readFile } = await import('node:fs/promises');
  const [module, good, ...paths] = process.argv.slice(1);
  const { analyzeModel, digestModel, inspectFile, readModelInfo } = await import(module);
  const readers = [readModelInfo, digestModel, inspectFile, analyzeModel];
  const peak = async () => 1024 * Number(/VmHWM:\\s+(\\d+)/.exec(await readFile('/proc/self/status', 'utf8'))[1]);
  for (const read of readers) await read(good);
  const before = await peak();
  let longest = 0;
  for (const path of paths) {
    for (const read of readers) {
      const before = process.cpuUsage();
      await read(path).catch((error) => {
        if (!error.code?.startsWith('ENGINERY_') || error.code === 'ENGINERY_INTERNAL') throw error;
      });
      const { user, system } = process.cpuUsage(before);
      longest = Math.max(longest, (user + system) / 1000);
    }
  }
  console.log(JSON.stringify({ grown: await peak() - before, longest }));`;

/** By how many bytes a process grows that reads these models with everything of ours, and the longest call in ms of CPU time: a busy machine is no slow reader. */
export async function memoryOf(paths: readonly string[]): Promise<{ grown: number; longest: number }> {
  const good = join(ROOT, 'examples/digits/digits.onnx');
  const args = ['--input-type=module', '-e', READ_ALL, join(ROOT, 'dist/index.js'), good, ...paths];
  return JSON.parse(await output(process.execPath, args));
}
