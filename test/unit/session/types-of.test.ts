/** The text of generated types. That they compile, and check what they should, is seen in test/types. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, it, test } from 'vitest';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';
import { interfaceName } from '../../../dist/session/read-types.js';
import { typesOf } from '../../../dist/session/types-of.js';
import { writeTypes } from '../../../dist/session/write-types.js';
import { ROOT } from '../../support/commands.js';
import { MANIFEST } from '../../support/manifest.js';
import { identity } from '../../support/models.js';
import { planOf, writeEngine } from '../../support/plans.js';
import { temporaryFolder } from '../../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const TENSOR: ValueInfo = { name: 'x', kind: 'tensor', type: 'float32', dims: ['n', 3, null] };

/** The comment and the line of an input. */
function member(value: Partial<ValueInfo>): string[] {
  const lines = writeTypes({ inputs: [{ ...TENSOR, ...value }], outputs: [] }, { name: 'M' }).split('\n');
  return lines.slice(5, 7).map((line) => line.trim());
}

describe('the file', () => {
  it('has an interface with what goes in and out', async () => {
    expect(await typesOf(DIGITS)).toBe(`import type { ModelTypes, TensorOf } from 'enginery';

/** digits.onnx: what it takes and gives. Written by \`enginery types\`. */
export interface Digits extends ModelTypes {
  inputs: {
    /** [batch, 1, 28, 28] */
    image: TensorOf<'float32', 4>;
  };
  outputs: {
    /** [batch, 10] */
    logits: TensorOf<'float32', 2>;
  };
}
`);
  });

  it('comes from bytes as well, and with another name', async () => {
    expect(await typesOf(identity())).toContain('/** the model: what it takes and gives.');
    expect(await typesOf(identity())).toContain('export interface Model extends');
    expect(await typesOf(identity(), { name: 'Copy_2$' })).toContain('export interface Copy_2$ extends');
  });

  it.each(['', 'digits', 'class', 'any', '2D', 'A b', 'A{}', 'Größe', 7, null])('refuses the name %j', async (name) => {
    await expect(typesOf(DIGITS, { name: name as never })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
      message: expect.stringContaining('expected an identifier'),
    });
  });

  it('refuses a name that the file uses', async () => {
    await expect(typesOf(DIGITS, { name: 'TensorOf' })).rejects.toMatchObject({
      message: 'name is "TensorOf", which the file uses already',
    });
  });

  it('is not written for what is no model', async () => {
    const path = join(await temporaryFolder(), 'm.onnx');
    await expect(typesOf(path)).rejects.toMatchObject({ code: 'ENGINERY_FILE_NOT_FOUND' });
    await writeFile(path, 'no model');
    await expect(typesOf(path)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
  });
});

describe('of an engine', () => {
  const value = { name: 'x', type: 'float16', dims: ['n', 3, null], shapeTensor: false };
  const engineWith = async (about: Parameters<typeof writeEngine>[1]): Promise<string> => {
    const path = join(await temporaryFolder(), 'fast.engine');
    await writeEngine(path, about);
    return path;
  };

  it('says what the manifest does, as it would of a model', async () => {
    const size = { name: 'size', type: 'int64', dims: [2], shapeTensor: true };
    const path = await engineWith({ inputs: [value, size], outputs: [{ ...value, name: 'y', dims: null }] });
    expect(await typesOf(path)).toBe(`import type { ModelTypes, TensorOf } from 'enginery';

/** fast.engine: what it takes and gives. Written by \`enginery types\`. */
export interface Fast extends ModelTypes {
  inputs: {
    /** [n, 3, ?] */
    x: TensorOf<'float16', 3>;
    /** [2] */
    size: TensorOf<'int64', 1>;
  };
  outputs: {
    /** any rank */
    y: TensorOf<'float16'>;
  };
}
`);
  });

  it('keeps hostile names in their place', async () => {
    const names = ['*/ export const x = 1; /*', "'", 'a\nb', '__proto__', 'constructor', '@deprecated', ''];
    const values = names.map((name) => ({ ...value, name, dims: [name] }));
    const written = await typesOf(await engineWith({ inputs: values, outputs: values }));
    expect(ts.transpileModule(written, { reportDiagnostics: true }).diagnostics).toEqual([]);
    const parsed = ts.createSourceFile('m.d.ts', written, ts.ScriptTarget.Latest);
    expect(parsed.statements).toHaveLength(2);
    expect(namesIn(parsed, 'inputs')).toEqual(names);
    expect(namesIn(parsed, 'outputs')).toEqual(names);
  });

  it.each(["float32'; x: '", 'constructor', 'float31', '', null])('refuses the element type %j', async (type) => {
    await expect(typesOf(await engineWith({ inputs: [{ ...value, type }] }))).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_MANIFEST',
      message: expect.stringContaining(`the element type ${type} of "x" is unknown`),
    });
  });

  it('is not written where the manifest is missing, broken, or of another engine', async () => {
    const path = await engineWith(null);
    await expect(typesOf(path)).rejects.toMatchObject({
      code: 'ENGINERY_FILE_NOT_FOUND',
      message: `${path} has no manifest, which would say what it takes and gives`,
      details: { path: `${path}.json` },
    });
    await writeFile(`${path}.json`, '{');
    await expect(typesOf(path)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_MANIFEST' });
    await writeFile(`${path}.json`, JSON.stringify(MANIFEST));
    await expect(typesOf(path)).rejects.toMatchObject({ message: expect.stringContaining('describes another engine') });
    await expect(typesOf(planOf('vtrt'))).rejects.toMatchObject({ code: 'ENGINERY_INVALID_ARGUMENT' });
    await writeFile(path, 'no plan');
    await expect(typesOf(path)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_PLAN' });
  });
});

describe('an input', () => {
  it.each<[string, Partial<ValueInfo>, string, string]>([
    ['a tensor', {}, '[n, 3, ?]', "x: TensorOf<'float32', 3>;"],
    ['a scalar', { dims: [] }, '[]', "x: TensorOf<'float32', 0>;"],
    ['of unknown rank', { dims: null }, 'any rank', "x: TensorOf<'float32'>;"],
    ['strings', { type: 'string', dims: [2] }, '[2]', "x: TensorOf<'string', 1>;"],
    ['of a type that ONNX did not have yet', { type: null, dims: [2] }, '[2]', "x: TensorOf<TensorOf['type'], 1>;"],
    [
      'a sequence',
      { kind: 'sequence', dims: null },
      'a sequence of float32: sessions take and give tensors only',
      'x: never;',
    ],
    [
      'a map',
      { kind: 'map', type: null, dims: null },
      'a map of unknown type: sessions take and give tensors only',
      'x: never;',
    ],
  ])('may be %s', (_what, value, comment, line) => {
    expect(member(value)).toEqual([`/** ${comment} */`, line]);
  });

  it('has no rank where the compiler would not count that far', () => {
    expect(member({ dims: Array(64).fill(1) })[1]).toBe("x: TensorOf<'float32', 64>;");
    expect(member({ dims: Array(65).fill(1) })[1]).toBe("x: TensorOf<'float32'>;");
  });

  it.each([
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['a b', "'a b'"],
    ['x"y', `'x"y'`],
    ["it's", "'it\\'s'"],
    ['a\\', "'a\\\\'"],
    ['a\r\nb\u2028', "'a\\u{d}\\u{a}b\\u{2028}'"],
    ['\u202egnp', "'\\u{202e}gnp'"],
    ['🙂', "'🙂'"],
    ['0', "'0'"],
    ['', "''"],
  ])('may be called %j', (name, key) => {
    expect(member({ name })[1]).toBe(`${key}: TensorOf<'float32', 3>;`);
  });

  it('cannot end its comment, the line, or start a tag', () => {
    expect(member({ dims: ['*/ x', '\n', '@deprecated'] })[0]).toBe('/** [\\u{2a}/ x, \\u{a}, \\u{40}deprecated] */');
  });
});

test.each([
  ['digits.onnx', 'Digits'],
  ['ppocr-v4.det.onnx', 'PpocrV4Det'],
  ['yolo_v8n', 'YoloV8n'],
  ['données.onnx', 'Donnees'],
  ['7up.onnx', 'Model7up'],
  ['class.onnx', 'Class'],
  ['tensor-of.onnx', 'TensorOfModel'],
  ['модель.onnx', 'Model'],
  ['.onnx', 'Model'],
  ['', 'Model'],
])('of %j, the interface is %s', (file, name) => {
  expect(interfaceName(file)).toBe(name);
});

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('*', '/', '\\', "'", '"', '`', '\n', '\r', '\u2028', '$', '{', '}', '@', 'a') }),
  fc.constantFrom(
    'constructor',
    '__proto__',
    'new',
    'get',
    'readonly',
    'static',
    'async',
    'in',
    '1e3',
    '-0',
    '[k]',
    '#p',
  ),
);
const values = fc.uniqueArray(
  fc.record<ValueInfo>({
    name: text,
    kind: fc.constantFrom('tensor', 'sequence', 'map', 'optional', 'sparse'),
    type: fc.constantFrom('float32', 'string', null),
    dims: fc.option(fc.array(fc.oneof(fc.nat(), text, fc.constant(null)), { maxLength: 6 })),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
);

/** Names of the members of `inputs` or `outputs`, as the compiler reads them. */
function namesIn(file: ts.SourceFile, property: string): string[] {
  const declaration = file.statements[1] as ts.InterfaceDeclaration;
  const found = declaration.members.find(({ name }) => name?.getText(file) === property) as ts.PropertySignature;
  if (found.type === undefined || !ts.isTypeLiteralNode(found.type)) return [];
  return found.type.members.map(({ name }) => (name as ts.Identifier | ts.StringLiteral).text);
}

test('whatever the names, the compiler reads one import and one interface with just these names', () => {
  fc.assert(
    fc.property(values, values, text, (inputs, outputs, file) => {
      const written = writeTypes({ inputs, outputs }, { name: interfaceName(file), file });
      expect(ts.transpileModule(written, { reportDiagnostics: true }).diagnostics).toEqual([]);
      const parsed = ts.createSourceFile('m.d.ts', written, ts.ScriptTarget.Latest);
      expect(parsed.statements.map(({ kind }) => kind)).toEqual([
        ts.SyntaxKind.ImportDeclaration,
        ts.SyntaxKind.InterfaceDeclaration,
      ]);
      expect(namesIn(parsed, 'inputs')).toEqual(inputs.map(({ name }) => name));
      expect(namesIn(parsed, 'outputs')).toEqual(outputs.map(({ name }) => name));
    }),
    { numRuns: 300 },
  );
});
