/** The check of a manifest's fields. Loaded only when a manifest is read. */

import * as v from 'valibot';
import type { Manifest } from './manifest-fields.js';

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'));
const Numbers = v.pipe(v.array(v.pipe(v.number(), v.safeInteger())), v.maxLength(4096));
const Range = v.strictObject({ min: Numbers, opt: Numbers, max: Numbers });

const Value = v.object({
  name: v.string(),
  type: v.nullable(v.string()),
  dims: v.nullable(v.array(v.nullable(v.union([Count, v.string()])))),
  shapeTensor: v.boolean(),
});

const Schema: v.GenericSchema<unknown, Manifest> = v.object({
  schema: v.literal(1),
  enginery: v.string(),
  created: v.pipe(v.string(), v.isoTimestamp()),
  model: v.object({ name: v.nullable(v.string()), path: v.nullable(v.string()), sha256: Sha256, bytes: Count }),
  inputs: v.array(Value),
  outputs: v.array(Value),
  profiles: v.array(v.record(v.string(), v.union([Range, v.strictObject({ values: Range })]))),
  options: v.object({
    given: v.record(v.string(), v.unknown()),
    resolved: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])),
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
