// @module-tag sessions
/** Requests and results of every size, on their way into native code and back. */
import { describe, expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { node } from '../support/onnx-writer.js';
import { one, small } from '../support/small-models.js';

/** `negative` and `double` of `x`, float32 [n, 2]. */
const MODEL = small([node('Neg', ['x'], ['negative']), node('Add', ['x', 'x'], ['double'])], {
  inputs: { x: ['float32', ['n', 2]] },
  outputs: { negative: ['float32', ['n', 2]], double: ['float32', ['n', 2]] },
});

const pair = (a: number, b: number): Tensor => new Tensor('float32', new Float32Array([a, b]), [1, 2]);

describe('requests and results of every size', () => {
  const scalar = (number: number): Tensor => new Tensor('float32', new Float32Array([number]), [1, 1, 1, 1]);

  it('cross by the hundred at a time', async () => {
    const many = await createSession(MODEL, { backend: 'cpu' });
    const results = await Promise.all(Array.from({ length: 2000 }, (_, i) => many.run(pair(i, -i))));
    results.forEach(({ double, negative }, i) => {
      expect(double).toEqual(pair(2 * i, -2 * i));
      expect(negative).toEqual(pair(-i, i));
    });
    await many.dispose();
  });

  it('have more inputs and outputs than fit on a page', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `x${i}`);
    const shape = ['float32', [1, 1, 1, 1]] as const;
    const session = await createSession(
      small(
        names.map((name) => node('Neg', [name], [`y${name}`])),
        {
          inputs: Object.fromEntries(names.map((name) => [name, shape])),
          outputs: Object.fromEntries(names.map((name) => [`y${name}`, shape])),
        },
      ),
      { backend: 'cpu' },
    );
    const feeds = (sign: number) => Object.fromEntries(names.map((name, i) => [name, scalar(sign * i)]));
    const both = await Promise.all([session.run(feeds(1)), session.run(feeds(-1))]);
    names.forEach((name, i) => {
      expect(both.map((outputs) => outputs[`y${name}`])).toEqual([scalar(-i), scalar(i)]);
    });
    await session.dispose();
  });

  it.each([1, 1023, 1024, 1025, 5000, 100_000])('have %i elements', async (length) => {
    const session = await createSession(one('Neg', {}, { inputs: { x: ['float32', ['n']] } }), { backend: 'cpu' });
    const data = Float32Array.from({ length }, (_, i) => i + 1);
    const runs = Array.from({ length: 8 }, () => session.run({ x: new Tensor('float32', data, [length]) }));
    data.fill(0); // they were copied
    for (const { y } of await Promise.all(runs)) {
      expect(y?.data).toEqual(Float32Array.from({ length }, (_, i) => -(i + 1)));
    }
    await session.dispose();
  });
});
