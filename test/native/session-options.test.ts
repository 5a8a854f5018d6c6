// @module-tag sessions
/** Options that there are not, and values that they do not take: a slip is an error, on the CPU too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import type { Session } from '../../dist/session/session.js';
import { Tensor } from '../../dist/tensor/tensor.js';

const DIGITS = 'examples/digits/digits.onnx';
const image = new Tensor('float32', new Float32Array(784), [1, 1, 28, 28]);

const refused = (name: string, hint: string): object => ({
  code: 'ENGINERY_OPTION_UNSUPPORTED',
  message: `${name} is no option`,
  hint: expect.stringContaining(hint),
});

describe('createSession', () => {
  it.each([
    [{ maxConcurent: 1 }, 'maxConcurent', 'Did you mean maxConcurrent?'],
    [{ gpu: true }, 'gpu', 'Known options: backend, device, '],
    [{ constructor: 1 }, 'constructor', 'Known options'],
    [{ tensorrt: { cudaGraphs: true } }, 'tensorrt.cudaGraphs', 'Did you mean cudaGraph?'],
    [{ engine: { profils: [] } }, 'engine.profils', 'Did you mean profiles?'],
    [{ engine: { memory: { workspaces: 1 } } }, 'engine.memory.workspaces', 'Did you mean memory.workspace?'],
    [{ engine: { output: 'digits.engine' } }, 'engine.output', 'Known options'],
  ])('refuses %j', async (options, name, hint) => {
    const opening = createSession(DIGITS, { backend: 'cpu', ...options } as object);
    await expect(opening).rejects.toMatchObject(refused(name, hint));
  });

  it('takes what any family of TensorRT has, as undefined or in a group', async () => {
    const engine = { targets: ['sm86'], dla: { core: 0 }, weaklyTyped: { fp16: true }, isolate: undefined } as const;
    await (await createSession(DIGITS, { backend: 'cpu', engine })).dispose();
  });

  it('takes trust as true or false', async () => {
    await expect(createSession(DIGITS, { backend: 'cpu', trust: 'yes' as never })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
      message: 'trust is yes, expected true or false',
    });
  });
});

describe('a session', () => {
  let session: Session;
  beforeAll(async () => {
    session = await createSession(DIGITS, { backend: 'cpu' });
  });
  afterAll(() => session.dispose());

  it.each([
    [{ ouputs: ['logits'] }, 'ouputs', 'Did you mean outputs?'],
    [{ timout: 5 }, 'timout', 'Did you mean timeout?'],
    [{ priority: 1 }, 'priority', 'Known options: outputs, borrow, signal, timeout.'],
  ])('refuses %j of a run', async (options, name, hint) => {
    await expect(session.run({ image }, options as object)).rejects.toMatchObject(refused(name, hint));
    await expect(session.runRows([{ image }], options as object)).rejects.toMatchObject(refused(name, name[0] ?? ''));
  });

  it('refuses to borrow the rows of several callers, which are put together', async () => {
    const borrowed = session.allocateTensor('float32', [1, 1, 28, 28]);
    const rows = session.runRows([{ image: borrowed }, { image: borrowed }], { borrow: true } as object);
    await expect(rows).rejects.toMatchObject(refused('borrow', 'Known options: outputs, signal, timeout.'));
  });

  it('refuses an output on "gpu", and says what is meant', async () => {
    await expect(session.run({ image }, { outputs: { logits: 'gpu' as never } })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_ARGUMENT',
      message: `Output "logits": expected a tensor to write it into, 'cuda' or null, got "gpu"`,
      hint: "'cuda' leaves it on the session's GPU.",
    });
  });

  it('says where to find what only a GPU has', async () => {
    const hint = expect.stringContaining("backend: 'gpu'");
    const refusal = { code: 'ENGINERY_OPTION_UNSUPPORTED', hint };
    await expect(session.run({ image }, { outputs: { logits: 'cuda' } })).rejects.toMatchObject(refusal);
    await expect(session.layerInfo()).rejects.toMatchObject(refusal);
    await expect(session.refit(DIGITS)).rejects.toMatchObject(refusal);
  });
});

it('nothing is allocated of a session that has been disposed of', async () => {
  const session = await createSession(DIGITS, { backend: 'cpu' });
  await session.dispose(null as never);
  expect(() => session.allocateTensor('float32', [1])).toThrow(expect.objectContaining({ code: 'ENGINERY_DISPOSED' }));
  await expect(session.allocatePinnedTensor('float32', [1])).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
});
