/** `enginery types`: what a model or an engine takes and gives, as TypeScript. */

import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { checkOutput, writeError } from '../engine/publish.js';
import { typesOf } from '../session/types-of.js';
import { print, printJson } from './output.js';

interface Flags {
  readonly output?: string;
  readonly name?: string;
  readonly json?: true;
}

/** The command `enginery types`. */
export function typesCommand(): Command {
  return new Command('types')
    .argument('<model>', 'ONNX file, or an engine with its manifest')
    .option('-o, --output <path>', 'file to write: digits.d.ts (default: print)')
    .option('--name <identifier>', "what the interface is called (default: from the file's name)")
    .option('--json', 'print the result as JSON')
    .addHelpText('after', "\nFor createSession<Digits>('digits.onnx'). Needs no TensorRT.")
    .action(run);
}

async function run(model: string, { output, name, json }: Flags): Promise<void> {
  if (output !== undefined) await checkOutput(output, model);
  const types = await typesOf(model, { name });
  if (output !== undefined) {
    await writeFile(output, types).catch((error: unknown) => {
      throw writeError(output, error);
    });
  }
  if (json) printJson({ path: output ?? null, types });
  else print(output ?? types.trimEnd());
}
