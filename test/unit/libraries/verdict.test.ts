import { describe, expect, it } from 'vitest';
import { assess, isUntested, whyUnsupported } from '../../../dist/libraries/verdict.js';
import { compareVersions } from '../../../dist/libraries/version.js';

const parserPath = '/lib/parser.so';

function build(product: 'tensorrt-rtx' | 'tensorrt', version: string, parts = {}) {
  const { build, family, needsTrial } = assess({
    product,
    version,
    parserPath,
    families: ['rtx', 'ent11', 'ent10'],
    ...parts,
  });
  return { family, needsTrial, code: build.ok ? 'ok' : build.code, reason: build.ok ? '' : build.reason };
}

describe('assess', () => {
  it.each(['1.5.0.114', '1.6.1.120', '1.7.1.116'])('takes TensorRT-RTX %s', (version) => {
    expect(build('tensorrt-rtx', version)).toEqual({ family: 'rtx', needsTrial: false, code: 'ok', reason: '' });
  });

  it.each([
    ['10.0.1', 'ent10'],
    ['10.9.0', 'ent10'],
    ['10.16.1.1', 'ent10'],
    ['11.4.0.1', 'ent11'],
  ])('takes TensorRT %s', (version, family) => {
    expect(build('tensorrt', version)).toEqual({ family, needsTrial: false, code: 'ok', reason: '' });
  });

  it('takes newer minor versions of TensorRT, which promises its ABI within a major one, and knows that they are new', () => {
    expect(build('tensorrt', '11.9.0.1')).toMatchObject({ family: 'ent11', needsTrial: false, code: 'ok' });
    expect([isUntested('ent11', '11.9.0.1'), isUntested('ent11', '11.5.0'), isUntested('ent10', '10.16.1')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('wants a trial for a newer minor version', () => {
    expect(build('tensorrt-rtx', '1.8.0.1')).toMatchObject({ family: 'rtx', needsTrial: true, code: 'ok' });
  });

  it.each([
    ['tensorrt-rtx', '1.4.0.76', null, /too old, its ABI changed in 1\.5/],
    ['tensorrt-rtx', '2.0.0.1', null, /unknown major version/],
    ['tensorrt', '9.3.0.1', null, /unknown major version/],
    ['tensorrt', '12.0.0.1', null, /unknown major version/],
    ['tensorrt', '10.8.0.43', 'ent10', /10\.8\.0: its network interface is broken/],
  ] as const)('refuses %s %s', (product, version, family, reason) => {
    const verdict = build(product, version);
    expect(verdict).toMatchObject({ code: 'ENGINERY_LIBRARY_UNSUPPORTED', family, needsTrial: false });
    expect(verdict.reason).toMatch(reason);
  });

  it('needs the ONNX parser beside the library', () => {
    const verdict = build('tensorrt-rtx', '1.7.1.116', { parserPath: undefined });
    expect(verdict.code).toBe('ENGINERY_LIBRARY_UNUSABLE');
    expect(verdict.reason).toContain('libtensorrt_onnxparser_rtx.so.1, is not beside it');
  });

  it('needs the bridge module', () => {
    expect(build('tensorrt-rtx', '1.7.1.116', { families: [] }).code).toBe('ENGINERY_NATIVE_UNAVAILABLE');
  });

  it('runs models with ONNX Runtime 1.20 and newer', () => {
    const run = (version: string) =>
      assess({ product: 'onnxruntime', version, parserPath: undefined, families: [] }).run.ok;
    expect([run('1.20.0'), run('1.30.0'), run('1.19.2'), run('2.0.0'), run('nonsense')]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

it('says of a version that was asked for why no such release will do', () => {
  expect(whyUnsupported('tensorrt-rtx', '1.4')).toMatch(/too old/);
  expect(whyUnsupported('tensorrt-rtx', '1.6')).toBeNull();
  expect(whyUnsupported('onnxruntime', '1.10.0')).toMatch(/1\.20 or newer/);
});

it('compares versions as numbers', () => {
  expect(['1.10.0', '1.9', '1.9.0.1', '1'].sort(compareVersions)).toEqual(['1', '1.9', '1.9.0.1', '1.10.0']);
});
