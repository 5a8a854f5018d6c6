// @module-tag sessions
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { native } from '../../dist/native/load.js';

describe('the addon', () => {
  it('offers what lib/native/binding.ts declares, and nothing else', () => {
    const source = readFileSync('lib/native/binding.ts', 'utf8');
    const declared = source.slice(source.indexOf('export interface NativeBinding {'));
    const names = [...declared.matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map(([, name]) => name);
    expect(Object.getOwnPropertyNames(native()).sort()).toEqual(names.sort());
  });

  it('refuses calls before connect(), and arguments that make no sense, by throwing', () => {
    const addon = native();
    expect(() => addon.openLibrary(1, '/nowhere')).toThrow('connect() comes first');
    addon.connect(() => {});
    expect(() => addon.connect(() => {})).toThrow('connect() was called before');
    expect(() => addon.openLibrary(1, undefined as never)).toThrow();
    expect(() => addon.build(1, {} as never)).toThrow();
    expect(() => addon.run(0, 0, 1e6, undefined, undefined, false)).toThrow();
  });
});
