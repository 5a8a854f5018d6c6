/** The error for a dynamic input without bounds: it prints the line to add, for the API and for the command line. */

import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';

type Bound = 'min' | 'opt' | 'max';

/** Numbers for the example; only the user knows the right ones. */
const EXAMPLES: Readonly<Record<Bound, readonly [leading: number, other: number]>> = {
  min: [1, 32],
  opt: [8, 256],
  max: [32, 1024],
};

/**
 * The error that asks for a profile.
 *
 * @param inputs those without bounds
 * @param index of the profile that lacks them
 */
export function missingProfile(inputs: readonly ValueInfo[], index: number): EngineryError {
  const names = inputs.map((input) => `'${input.name}' (${dynamicDims(input)})`).join(', ');
  const entries = inputs.map((input) => {
    const bounds = (['min', 'opt', 'max'] as const).map((bound) => `${bound}: [${example(input, bound).join(', ')}]`);
    return `${/^[A-Za-z_$][\w$]*$/.test(input.name) ? input.name : JSON.stringify(input.name)}: { ${bounds.join(', ')} }`;
  });
  const flags = (['min', 'opt', 'max'] as const).map(
    (bound) =>
      `--${bound}Shapes=${inputs.map((input) => `${input.name}:${example(input, bound).join('x')}`).join(',')}`,
  );
  return new EngineryError(
    'ENGINERY_INVALID_PROFILE',
    `${inputs.length === 1 ? 'An input has' : 'Inputs have'} dynamic dimensions and no bounds in profile ${index}: ${names}`,
    {
      hint: `Say which sizes to build for, for example\n  profiles: [{ ${entries.join(', ')} }]\nor on the command line\n  ${flags.join(' ')}`,
      details: { profile: index, inputs: inputs.map((input) => input.name) },
    },
  );
}

function dynamicDims(input: ValueInfo): string {
  const dims = (input.dims ?? []).flatMap((dim, axis) => {
    if (typeof dim === 'number' && dim >= 0) return [];
    return [typeof dim === 'string' ? `dimension ${axis} '${dim}'` : `dimension ${axis}`];
  });
  return dims.join(', ');
}

function example(input: ValueInfo, bound: Bound): number[] {
  const [leading, other] = EXAMPLES[bound];
  return (input.dims ?? []).map((dim, axis) => {
    if (typeof dim === 'number' && dim >= 0) return dim;
    return axis === 0 ? leading : other;
  });
}
