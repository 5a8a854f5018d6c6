/** Without a type parameter, a session takes any names and tensors and gives any. Never executed. */
import { createSession, type Feeds, type ModelTypes, type Session, Tensor, type TensorLike } from 'enginery';

const session: Session = await createSession('digits.onnx');
const same: Session<ModelTypes> = session;
const tensor: Tensor = new Tensor('float32', new Float32Array(4), [2, 2]);
const like: TensorLike = { type: 'float32', dims: [2, 2], data: [] };
const feeds: Feeds = { image: tensor, other: like };
const results: Record<string, Tensor> = await same.run(feeds);
const maybe: Tensor | undefined = results.logits;

// Tensors may be mixed and replaced, and their type may come later.
const tensors: Tensor[] = [tensor, new Tensor('int64', new BigInt64Array(1), [1])];
const type = tensor.type;
let batch = new Tensor('float32', new Float32Array(4), [1, 4]);
batch = new Tensor('float32', new Float32Array(8), [2, 4]);
const again = new Tensor(type, tensor.data, tensor.dims);

// @ts-expect-error an element type that does not exist
new Tensor('float31', new Float32Array(1), [1]);
// @ts-expect-error feeds are tensors
await session.run({ image: new Float32Array(1) });
// @ts-expect-error an output may be missing
const certain: Tensor = results.logits;
// @ts-expect-error types of a model are tensors by name
await createSession<{ inputs: { image: number }; outputs: Record<string, Tensor> }>('digits.onnx');

export { again, batch, certain, maybe, tensors };
