// @module-tag build-options
// @module-tag enterprise-options
/** Every option of a build that a GPU has a say in: what is built with it runs, and gives what the CPU gives. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPTIONS } from '../../dist/engine/option-table.js';
import { buildEngine, createSession, type EngineOptions, Tensor } from '../../dist/index.js';
import { compareVersions } from '../../dist/libraries/version.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open, openUnless } from '../support/gpu.js';
import { int8Qdq } from '../support/models.js';
import { expectNear } from '../support/near.js';
import { digits } from '../support/sample-images.js';
import { one } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const PROFILES = [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [16, 1, 28, 28] } }];

/** Values that are no default, with what else they need. */
const VALUES: Readonly<Record<string, unknown>> = {
  'memory.workspace': 2 ** 28,
  'memory.tacticDRAM': 2 ** 30,
  'memory.tacticSharedMemory': 2 ** 16,
  optimizationLevel: 1,
  maxAuxStreams: 2,
  tf32: false,
  profilingVerbosity: 'detailed',
  avgTiming: 2,
  maxTactics: 8,
  tilingOptimizationLevel: 'fast',
  l2LimitForTiling: 2 ** 20,
  tacticSources: ['jitConvolutions'],
  previewFeatures: ['aliasedPluginIO1003'],
  disableTimingCache: true,
  disableCompilationCache: true,
  targets: ['current'],
  runtimePlatform: 'sameAsBuild', // a plan for Windows does not load here
  hardwareCompatibility: 'amperePlus',
  refit: true,
  refitIdentical: true,
  refitIndividual: true,
  weightStreaming: true,
  sparseWeights: true,
  strictNaNs: true,
  distributiveIndependence: true,
  directIO: true,
  monitorMemory: true,
  debug: true,
  weaklyTyped: {},
  'weaklyTyped.fp16': true,
  'weaklyTyped.bf16': true,
  'weaklyTyped.fp8': true,
  'weaklyTyped.int4': true,
  'weaklyTyped.precisionConstraints': 'prefer',
  'parserFlags.nativeInstanceNorm': false,
};
const NEEDS: Readonly<Record<string, EngineOptions>> = { l2LimitForTiling: { tilingOptimizationLevel: 'fast' } };

/** Tested below. */
const TOGETHER = [
  'timingCache',
  'editableTimingCache',
  'errorOnTimingCacheMiss',
  'stripPlan',
  'versionCompatible',
  'weaklyTyped.int8',
];
/** Why the others are not tried, by their names. */
const UNTRIED: readonly (readonly [RegExp, string])[] = [
  [/DLA|^dla\.|^memory\.dla/, 'no card has a DLA: only Jetson and Drive have'],
  [/[pP]lugin/, 'needs a library of plugins, and a model that has some'],
  [/^excludeLeanRuntime$/, "needs the lean runtime's library, which sessions do not load"],
  [/^buildRoute$/, 'is a text that NVIDIA gives to whom it concerns'],
];

/** An option by its name in the table, as a caller writes it. */
function written(name: string, value: unknown): EngineOptions {
  const [group = '', member] = name.split('.');
  return { [group]: member === undefined ? value : { [member]: value } };
}

onEveryGpu((gpu) => {
  const own = new Set(OPTIONS.filter(({ since }) => since[gpu.family] !== undefined).map(({ name }) => name));

  /** Builds with the options and runs. False where this version of the library has not the option yet. */
  async function runs(options: EngineOptions, tolerance: number): Promise<boolean> {
    const { image } = await digits();
    const engine = { ...options, profiles: PROFILES };
    const session = await openUnless('ENGINERY_OPTION_UNSUPPORTED', gpu, DIGITS, { engine });
    if (session === undefined) return false;
    const cpu = await createSession(DIGITS, { backend: 'cpu' });
    expectNear((await session.run({ image })).logits, (await cpu.run({ image })).logits, tolerance);
    await Promise.all([session.dispose(), cpu.dispose()]);
    return true;
  }

  test('there is a test for every option of the table', () => {
    const tried = [...Object.keys(VALUES), ...TOGETHER];
    expect([...own].filter((name) => !tried.includes(name) && !UNTRIED.some(([names]) => names.test(name)))).toEqual(
      [],
    );
  });

  test.for(Object.keys(VALUES).filter((name) => own.has(name)))('%s', async (name, context) => {
    if (name === 'weaklyTyped.fp8' && compareVersions(gpu.computeCapability, '8.9') < 0) {
      context.skip('needs a GPU of 8.9 or newer, which computes in FP8');
    }
    const options = { ...NEEDS[name], ...written(name, VALUES[name]) };
    if (!(await runs(options, name.startsWith('weaklyTyped') ? 5e-2 : 1e-2))) {
      context.skip(`needs a GPU with a newer TensorRT: ${gpu.title} has no ${name}`);
    }
  });

  if (gpu.backend === 'tensorrt') {
    test('a timing cache that one build fills and another must find all in', async () => {
      const timingCache = join(await temporaryFolder(), 'timing.cache');
      expect(await runs({ timingCache }, 1e-2)).toBe(true);
      expect(await runs({ timingCache, errorOnTimingCacheMiss: true }, 1e-2)).toBe(true);
      await runs({ timingCache: `${timingCache}.editable`, editableTimingCache: true }, 1e-2);
    });

    test('a plan for later versions, which holds code', async () => {
      expect(await runs({ versionCompatible: true }, 1e-2)).toBe(true);
    });
  }

  if (own.has('weaklyTyped.int8')) {
    // Other models have no scales, and TensorRT builds no INT8 without.
    test('weaklyTyped.int8 of a model that says the scales', async () => {
      const profiles = [{ x: { min: [1, 1, 8, 8], opt: [1, 1, 8, 8], max: [4, 1, 8, 8] } }];
      const session = await open(gpu, int8Qdq(), { engine: { profiles, weaklyTyped: { int8: true } } });
      const cpu = await createSession(int8Qdq(), { backend: 'cpu' });
      const x = new Tensor(
        'float32',
        Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
        [1, 1, 8, 8],
      );
      expectNear((await session.run({ x })).y, (await cpu.run({ x })).y, 5e-2);
      await Promise.all([session.dispose(), cpu.dispose()]);
    });
  }

  test('a plan without its weights is smaller by them', async (context) => {
    if (gpu.emulated) context.skip('needs a GPU: an emulated engine holds the whole model');
    const side = 1024;
    const model = one(
      'MatMul',
      {},
      {
        inputs: { x: ['float32', [1, side]] },
        outputs: { y: ['float32', [1, side]] },
        weights: { w: ['float32', [side, side], Buffer.alloc(4 * side * side, 0x3e)] },
      },
    );
    const { bytes } = await buildEngine(model, { library: gpu.library, stripPlan: true });
    expect(bytes).toBeLessThan(2 * side * side);
  });
});
