/** Asks the real parser of TensorRT-RTX about many models, in a process of its own: some make it crash. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command, ROOT } from './commands.js';
import { temporaryFolder } from './temporary.js';

const CHILD = join(ROOT, 'test/support/ask-parser-child.mjs');

export interface ParserAnswer {
  readonly taken: boolean;
  /** It took the process with it. */
  readonly crashed: boolean;
  /** What it says against the model. */
  readonly errors: readonly string[];
}

/**
 * @param paths - Of ONNX files.
 * @returns An answer for each, in their order.
 */
export async function askParser(
  { path, parserPath }: { readonly path: string; readonly parserPath: string },
  paths: readonly string[],
): Promise<ParserAnswer[]> {
  const list = join(await temporaryFolder(), 'models.json');
  await writeFile(list, JSON.stringify(paths));
  const answers: ParserAnswer[] = [];
  while (answers.length < paths.length) {
    const from = answers.length;
    const { status, stdout } = await command(process.execPath, [CHILD, path, parserPath, list, String(from)]);
    for (const line of stdout.split('\n').filter(Boolean)) {
      const errors = JSON.parse(line) as string[];
      answers.push({ taken: errors.length === 0, crashed: false, errors });
    }
    // The one after the last that was answered ended it.
    if (status !== 0) answers.push({ taken: false, crashed: true, errors: [] });
    else if (answers.length < paths.length) throw new Error(`${paths.length} models, ${answers.length} answers`);
  }
  return answers;
}
