/** Loads a model, runs it and frees it, again and again. Sends its resident memory at half time and at the end. */
import { once } from 'node:events';
import { createSession } from '../../dist/index.js';
import { residentMemory } from './resident-memory.mjs';

const [{ model, dims, cycles }] = await once(process, 'message');

async function cycle(count) {
  const elements = dims.reduce((a, b) => a * b, 1);
  for (let i = 0; i < count; i++) {
    const session = await createSession(model, { backend: 'onnxruntime-native' });
    const { y } = await session.run({ x: { type: 'float32', dims, data: new Float32Array(elements).fill(i) } });
    if (!y.data.every((value) => value === i * elements * 0.5)) throw new Error(`cycle ${i} gave wrong values`);
    await session.dispose();
  }
  return residentMemory();
}

const half = await cycle(cycles / 2);
process.send({ half, end: await cycle(cycles / 2) });
process.disconnect();
