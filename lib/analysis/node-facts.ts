/** A node as the rules for its operator see it: attributes by kind, and what is known of its inputs. */

import type { Graph, GraphNode, Initializer } from '../onnx/graph.js';
import type { ElementType } from '../tensor/element-type.js';
import { type Known, UNKNOWN } from './known.js';

/** Tells what is known of a node's outputs. Outputs that it says nothing about are unknown. */
export type Rule = (node: NodeFacts) => readonly Known[];
/** Rules by operator of ONNX's own domain. */
export type Rules = Readonly<Record<string, Rule>>;

export class NodeFacts {
  readonly #node: GraphNode;
  readonly #inputs: readonly (Known | null)[];
  /** Version of the operator set. */
  readonly opset: number;

  /** @param inputs - Null for one that was left out. */
  constructor(node: GraphNode, inputs: readonly (Known | null)[], opset: number) {
    this.#node = node;
    this.#inputs = inputs;
    this.opset = opset;
  }

  get operator(): string {
    return this.#node.operator;
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  get outputCount(): number {
    return this.#node.outputs.length;
  }

  has(input: number): boolean {
    return (this.#inputs[input] ?? null) !== null;
  }

  /** An input; {@link UNKNOWN} where it was left out. */
  input(index: number): Known {
    return this.#inputs[index] ?? UNKNOWN;
  }

  int(name: string): number | null;
  int(name: string, otherwise: number): number;
  int(name: string, otherwise: number | null = null): number | null {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'int' ? it.value : otherwise;
  }

  float(name: string): number | null {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'float' ? it.value : null;
  }

  ints(name: string): readonly number[] | null {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'ints' ? it.value : null;
  }

  floats(name: string): readonly number[] | null {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'floats' ? it.value : null;
  }

  text(name: string, otherwise: string): string {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'string' ? it.value : otherwise;
  }

  tensor(name: string): Initializer | null {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'tensor' ? it.value : null;
  }

  graph(name: string): Graph | null {
    const it = this.#node.attributes.get(name);
    return it?.kind === 'graph' ? it.value : null;
  }

  hasAttribute(name: string): boolean {
    return this.#node.attributes.has(name);
  }

  /** Numbers that older operator sets have as an attribute and newer ones as an input; null where neither is known. */
  numbers(name: string, input: number): readonly (number | string | null)[] | null {
    return this.ints(name) ?? this.input(input).numbers;
  }

  /** True where {@link numbers} were given, known or not. */
  gives(name: string, input: number): boolean {
    return this.hasAttribute(name) || this.has(input);
  }

  type(input: number): ElementType | null {
    return this.input(input).type;
  }
}
