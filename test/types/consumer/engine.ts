/** Types of an engine file, from its manifest: a session of it takes and gives what the engine does. Never executed. */
import { createSession, Tensor, type TensorOf } from 'enginery';
import type { Half } from './generated/half.js';

const session = await createSession<Half>('half.engine');
const { logits } = await session.run({ image: new Tensor('float16', new Uint16Array(784), [1, 1, 28, 28]) });
const scores: TensorOf<'float16', 2> = logits;

// @ts-expect-error the model was float32, the engine is not
await session.run({ image: new Tensor('float32', new Float32Array(784), [1, 1, 28, 28]) });
// @ts-expect-error no such output
logits.probabilities;

export { scores };
