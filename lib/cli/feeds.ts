/** What a model is fed, run by run: files, and what is made up for inputs that were given none. */

import { bindDims } from '../analysis/bind-dims.js';
import { EngineryError } from '../errors.js';
import { readPreprocess } from '../image/preprocess.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { Feeds } from '../session/feeds.js';
import { feedGenerator } from '../session/random-feeds.js';
import { type FeedFlags, preprocessOf } from './feed-options.js';
import { loadInput } from './input-files.js';
import { planRuns, type RunFiles } from './run-inputs.js';

/** How inputs without a file are made up. */
export interface Generation {
  readonly seed: number;
  /** Runs, where files do not say how many there are. */
  readonly runs?: number | undefined;
}

/** The runs to come. */
export interface FeedPlan {
  /** The files of each run, by input. */
  readonly runs: readonly RunFiles[];
  /** Loads what a run is fed. Call it for each in turn: what is made up goes on from the run before. */
  load(files: RunFiles): Promise<Feeds>;
}

/**
 * Plans the runs that the command line asks for.
 *
 * @param generation - Absent: an input without a file is an error.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where options, files and inputs do not fit each other.
 */
export async function planFeeds(
  model: string,
  inputs: readonly ValueInfo[],
  flags: FeedFlags,
  generation: Generation | undefined,
): Promise<FeedPlan> {
  const shapes = flags.shapes ?? new Map<string, readonly number[]>();
  const { shapes: bound } = bindDims(inputs, shapes);
  const preprocess = { ...(await readPreprocess(model)), ...preprocessOf(flags) };
  const generate = generation && feedGenerator(inputs, { seed: generation.seed, shapes: Object.fromEntries(shapes) });
  return {
    runs: repeated(planRuns(flags.input ?? [], inputs), generation?.runs),
    async load(files) {
      const feeds: [string, Feeds[string]][] = [];
      for (const input of inputs) {
        const file = files.get(input.name);
        if (file !== undefined) {
          feeds.push([input.name, await loadInput(file, input, { dims: bound.get(input.name), preprocess })]);
        } else if (generate === undefined) {
          throw new EngineryError(
            'ENGINERY_INVALID_ARGUMENT',
            `The model's input "${input.name}" has no file: add --input ${input.name}=<file>, or --random`,
          );
        }
      }
      const given = Object.fromEntries(feeds);
      return generate === undefined ? given : generate(given);
    },
  };
}

function repeated(planned: readonly RunFiles[], runs: number | undefined): readonly RunFiles[] {
  if (runs === undefined || planned.length === runs) return planned;
  if (planned.length === 1) return Array.from({ length: runs }, () => planned[0] as RunFiles);
  throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--runs ${runs}: there are files for ${planned.length} runs`);
}
