/** The text of a model's types. Names come out of files: none of them may end a comment, a string or a line. */

import type { ModelInfo, ValueInfo } from '../onnx/model-info.js';
import { showDims } from '../tensor/tensor.js';

/** What the types are of. */
export type TypedValues = Pick<ModelInfo, 'inputs' | 'outputs'>;

/** Types that the text uses, so that an interface of the same name would change what they mean. */
export const USED_TYPES: readonly string[] = ['ModelTypes', 'Record', 'TensorOf'];

/** No runtime takes more dimensions, and the compiler counts no further than a thousand. */
const HIGHEST_RANK = 64;

/**
 * Writes a `.d.ts` file.
 *
 * @param name - of the interface: an identifier
 * @param file - name of the model's file; undefined for bytes
 */
export function writeTypes(
  { inputs, outputs }: TypedValues,
  { name, file = 'the model' }: { readonly name: string; readonly file?: string | undefined },
): string {
  return `import type { ModelTypes, TensorOf } from 'enginery';

/** ${inComment(file)}: what it takes and gives. Written by \`enginery types\`. */
export interface ${name} extends ModelTypes {
  inputs: ${members(inputs)};
  outputs: ${members(outputs)};
}
`;
}

function members(values: readonly ValueInfo[]): string {
  // `{}` would take anything.
  if (values.length === 0) return 'Record<string, never>';
  // A name that is there twice, which no runtime takes, is no second property.
  const byName = new Map(values.map((value) => [value.name, value]));
  const lines = [...byName.values()].map(
    (value) => `    /** ${inComment(describe(value))} */\n    ${propertyKey(value.name)}: ${typeOf(value)};\n`,
  );
  return `{\n${lines.join('')}  }`;
}

function describe({ kind, type, dims }: ValueInfo): string {
  if (kind !== 'tensor') return `a ${kind} of ${type ?? 'unknown type'}: sessions take and give tensors only`;
  return dims === null ? 'any rank' : showDims(dims);
}

function typeOf({ kind, type, dims }: ValueInfo): string {
  if (kind !== 'tensor') return 'never';
  const element = type === null ? "TensorOf['type']" : `'${type}'`;
  return dims === null || dims.length > HIGHEST_RANK ? `TensorOf<${element}>` : `TensorOf<${element}, ${dims.length}>`;
}

/** Quoted where it is no plain identifier. Words of the language may be keys as they are. */
function propertyKey(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name)) return name;
  return `'${name.replace(/['\\\p{C}\p{Zl}\p{Zp}]/gu, escaped)}'`;
}

/** Text that neither ends a comment or its line nor starts one of its tags, and that looks like what it is. */
function inComment(text: string): string {
  return text.replace(/\*(?=\/)|[@\p{C}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
