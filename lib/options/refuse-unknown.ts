/** Names that are no options: ignored, a slip would change what a program does without a word. */

import { EngineryError } from '../errors.js';
import { nearestName } from './nearest-name.js';

/**
 * Refuses options that there are not.
 *
 * @param known - Has the names of those there are.
 * @param where - They stand there: `tensorrt.`
 * @throws EngineryError `ENGINERY_OPTION_UNSUPPORTED`
 */
export function refuseUnknown(options: object, known: Readonly<Record<string, unknown>>, where = ''): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) throw unknownOption(name, Object.keys(known), where);
  }
}

/** The error for a name that is no option. */
export function unknownOption(name: string, known: readonly string[], where = ''): EngineryError {
  const nearest = nearestName(name, known);
  return new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `${where}${name} is no option`, {
    hint: nearest === undefined ? `Known options: ${known.join(', ')}.` : `Did you mean ${nearest}?`,
    details: { option: name },
  });
}
