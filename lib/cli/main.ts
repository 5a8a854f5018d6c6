#!/usr/bin/env node
/** The `enginery` command. One module per subcommand, imported only when it is called, so that `--version` stays quick. */

import { Command, CommanderError } from 'commander';
import { version } from '../version.js';
import { interrupted } from './interrupt.js';
import { EXIT, exitCodeOf, note, printError, printJson } from './output.js';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'build',
    summary: 'build a TensorRT engine from an ONNX model',
    load: async () => (await import('./build.js')).buildCommand(),
  },
  {
    name: 'cache',
    summary: 'show and clear the engine cache',
    load: async () => (await import('./cache.js')).cacheCommand(),
  },
  {
    name: 'run',
    summary: 'run a model on inputs from files',
    load: async () => (await import('./run.js')).runCommand(),
  },
  {
    name: 'bench',
    summary: 'measure how fast a model runs',
    load: async () => (await import('./bench.js')).benchCommand(),
  },
  {
    name: 'compare',
    summary: 'measure how far the outputs of two models lie apart',
    load: async () => (await import('./compare.js')).compareCommand(),
  },
  {
    name: 'inspect',
    summary: 'show what is in a model or an engine',
    load: async () => (await import('./inspect.js')).inspectCommand(),
  },
  {
    name: 'types',
    summary: "write a model's inputs and outputs as TypeScript types",
    load: async () => (await import('./types.js')).typesCommand(),
  },
  {
    name: 'doctor',
    summary: 'say what this machine has, and what works on it',
    load: async () => (await import('./doctor.js')).doctorCommand(),
  },
  {
    name: 'setup',
    summary: 'obtain a runtime library with pip',
    load: async () => (await import('./setup.js')).setupCommand(),
  },
];

async function createProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('enginery')
    .description('Build TensorRT engines from ONNX models, and run models, on machines with a GPU and without.')
    .version(version, '-V, --version')
    .showHelpAfterError('(add --help to see the options)')
    .exitOverride();
  for (const entry of COMMANDS) {
    const command = entry.name === wanted ? await entry.load() : new Command(entry.name);
    command.summary(entry.summary).copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}

/** The subcommand is the first word that isn't an option: no option of the program itself takes a value. */
function wantedCommand(words: readonly string[]): string | undefined {
  const positional = words.filter((word) => !word.startsWith('-'));
  return positional[0] === 'help' ? positional[1] : positional[0];
}

async function main(words: readonly string[]): Promise<number> {
  const json = words.includes('--json');
  try {
    const program = await createProgram(wantedCommand(words));
    await program.parseAsync(words, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has printed its message; help and version arrive here too, with exit code 0.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.done;
      if (json) printJson({ error: { code: 'ENGINERY_INVALID_ARGUMENT', message: error.message } });
      return EXIT.usage;
    }
    if (interrupted()) {
      note('interrupted');
      return EXIT.interrupted;
    }
    printError(error, json);
    return exitCodeOf(error);
  }
}

// `enginery inspect … | head` closes the pipe early: that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

// What a command runs on it says itself; any other warning is one line, without Node's advice for developers.
process.removeAllListeners('warning');
process.on('warning', ({ name, message }) => {
  if (name !== 'EngineryFallback') note(`warning: ${message}`);
});

main(process.argv.slice(2)).then(
  (code) => {
    // A command that did its work, and found something wrong, has said so.
    process.exitCode ||= code;
  },
  (error: unknown) => {
    throw error;
  },
);
