/** The check of a manifest's fields. Loaded only when a manifest is read. */

import * as v from 'valibot';
import type { Manifest } from './manifest-fields.js';

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'));
const Numbers = v.pipe(v.array(v.pipe(v.number(), v.safeInteger())), v.maxLength(4096));
const FileName = v.pipe(
  v.string(),
  v.check((text) => !/^\.{0,2}$|[/\0]/.test(text), 'expected a file name'),
);
const RelativePath = v.pipe(
  v.string(),
  v.check((text) => !/^$|^\/|\0/.test(text), 'expected a relative path'),
);
const Range = v.strictObject({ min: Numbers, opt: Numbers, max: Numbers });

const Value = v.object({
  name: v.string(),
  type: v.nullable(v.string()),
  dims: v.nullable(v.array(v.nullable(v.union([Count, v.string()])))),
  shapeTensor: v.boolean(),
});

/** As `v.record`, which takes lists as well, and drops what is called `prototype` or `constructor`: an input may be. */
function record<T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, Readonly<Record<string, T>>> {
  return v.pipe(
    v.custom<Readonly<Record<string, T>>>(isObject, 'expected an object'),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      for (const [key, value] of Object.entries(input)) {
        const [issue] = v.safeParse(schema, value, { abortEarly: true }).issues ?? [];
        if (issue === undefined) continue;
        const step = { type: 'object', origin: 'value', input, key, value } as const;
        addIssue({ message: issue.message, path: [step, ...(issue.path ?? [])] });
      }
    }),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deeper than options nest, and far from what overflows the stack of whoever walks through them. */
const DEEPEST = 16;

function isDeeper(value: unknown, than: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return than === 0 || Object.values(value).some((inner) => isDeeper(inner, than - 1));
}

const Given = v.pipe(
  v.unknown(),
  v.check((value) => !isDeeper(value, DEEPEST), 'nested too deeply'),
);

const Schema: v.GenericSchema<unknown, Manifest> = v.object({
  schema: v.literal(1),
  enginery: v.string(),
  created: v.pipe(v.string(), v.isoTimestamp()),
  model: v.object({ name: v.nullable(FileName), path: v.nullable(RelativePath), sha256: Sha256, bytes: Count }),
  inputs: v.array(Value),
  outputs: v.array(Value),
  profiles: v.array(record(v.union([Range, v.strictObject({ values: Range })]))),
  options: v.object({
    given: record(Given),
    resolved: record(v.union([v.string(), v.pipe(v.number(), v.finite()), v.boolean(), v.array(v.string())])),
  }),
  runtime: v.object({ product: v.picklist(['tensorrt-rtx', 'tensorrt']), version: v.string(), family: v.string() }),
  targets: v.object({ architectures: v.array(v.string()), andLater: v.boolean() }),
  platform: v.object({ os: v.string(), arch: v.string() }),
  plan: v.object({ bytes: Count, sha256: Sha256 }),
  seconds: v.pipe(v.number(), v.finite(), v.minValue(0)),
  warnings: v.array(v.string()),
});

/**
 * Checks what was read from a manifest.
 *
 * @returns the manifest, without fields that are not its own; or what is wrong with it
 */
export function checkManifest(value: unknown): Manifest | string {
  const result = v.safeParse(Schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  return `${v.getDotPath(issue) ?? 'the top level'}: ${issue.message}`;
}
