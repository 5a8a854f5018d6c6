import { graph, model, node, value } from './onnx-writer.js';

/** `products` products of square matrices, one after the other: a run that takes a while and can be stopped between two. */
export function heavyModel(products: number): Buffer {
  const names = ['x', ...Array.from({ length: products - 1 }, (_, index) => `t${index}`), 'y'];
  return model(
    graph({
      nodes: names.slice(1).map((name, index) => node('MatMul', [names[index] as string, 'x'], [name])),
      inputs: [value('x', 'float32', ['n', 'n'])],
      outputs: [value('y', 'float32', ['n', 'n'])],
    }),
  );
}
