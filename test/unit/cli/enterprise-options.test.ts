import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addEnterpriseOptions } from '../../../dist/cli/enterprise-options.js';
import { OPTIONS } from '../../../dist/engine/option-table.js';
import { resolveSettings } from '../../../dist/engine/settings.js';

function read(...words: string[]) {
  const command = new Command('build').exitOverride();
  const options = addEnterpriseOptions(command);
  command.parse(words, { from: 'user' });
  return options(command.opts());
}

test("trtexec's flags become options that TensorRT 11 has", () => {
  const options = read(
    '--hardwareCompatibilityLevel=ampere+',
    '--versionCompatible',
    '--runtimePlatform=WindowsAMD64',
    '--timingCacheFile=/t.cache',
    '--maxTactics=8',
    '--tacticSources=edge_mask_convolutions,jit_convolutions',
    '--preview=aliasedPluginIO1003',
    '--sparsity=enable',
    '--useDLACore=0',
    '--allowGPUFallback',
    '--dynamicPlugins=/a.so,/b.so',
    '--l2LimitForTiling=1MiB',
    '--tilingOptimizationLevel=fast',
  );
  expect(resolveSettings(options, 'ent11', '11.4.0').resolved).toEqual({
    hardwareCompatibility: 'amperePlus',
    versionCompatible: true,
    runtimePlatform: 'windowsAMD64',
    timingCache: '/t.cache',
    maxTactics: 8,
    tacticSources: ['edgeMaskConvolutions', 'jitConvolutions'],
    previewFeatures: ['aliasedPluginIO1003'],
    sparseWeights: true,
    'dla.core': 0,
    'dla.gpuFallback': true,
    plugins: ['/a.so', '/b.so'],
    l2LimitForTiling: 2 ** 20,
    tilingOptimizationLevel: 'fast',
  });
});

test('types on the command line make a network weakly typed, on TensorRT 10 alone', () => {
  const options = read('--fp16', '--precisionConstraints=obey');
  expect(options).toEqual({ weaklyTyped: { fp16: true, precisionConstraints: 'obey' } });
  expect(() => resolveSettings(options, 'rtx', '1.7.1')).toThrow(/weaklyTyped: TensorRT-RTX has no such option/);
});

test('sparsity is enabled or disabled, by these words', () => {
  expect(read('--sparsity=disable')).toEqual({ sparseWeights: false });
  expect(() => read('--sparsity=true')).toThrow(/--sparsity: expected enable or disable, got 'true'/);
});

test('no flag, no option; every flag leads to an option of the table', () => {
  expect(read()).toEqual({});
  const all = read(
    '--fp16',
    '--int8',
    '--monitorMemory',
    '--noBuilderCache',
    '--enablePluginOverride',
    '--avgTiming=x',
  );
  const flat = Object.entries(all).flatMap(([group, value]) =>
    typeof value === 'object' ? Object.keys(value).map((member) => `${group}.${member}`) : [group],
  );
  for (const name of flat) expect(OPTIONS.map((spec) => spec.name)).toContain(name);
});
