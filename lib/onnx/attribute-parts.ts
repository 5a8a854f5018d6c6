/** AttributeProto: the fields, of which `type` says which one counts. */

import type { Attribute, Graph, Initializer } from './graph.js';
import type { FieldTable } from './wire.js';

export const ATTRIBUTE: FieldTable = {
  1: ['text', 'name'],
  2: ['float', 'f'],
  3: ['int', 'i'],
  4: ['long text', 's'],
  5: ['message', 't'],
  6: ['message', 'g'],
  7: ['float', 'floats'],
  8: ['int', 'ints'],
  9: ['long text', 'strings'],
  10: ['message', 'tensors'],
  11: ['message', 'graphs'],
  20: ['int', 'type'],
  22: ['message', 'sparse_tensor'],
  23: ['message', 'sparse_tensors'],
};
/** `AttributeProto.AttributeType`. */
const KINDS: Readonly<Record<number, Attribute['kind']>> = {
  1: 'float',
  2: 'int',
  3: 'string',
  4: 'tensor',
  5: 'graph',
  6: 'floats',
  7: 'ints',
  8: 'strings',
  10: 'graphs',
};

/** What has been read of one attribute. */
export class AttributeParts {
  name = '';
  /** 0 where it is not given, as in files of before IR version 2. */
  type = 0;
  float: number | undefined;
  int: number | undefined;
  string: string | undefined;
  /** True where a text was too long to be kept. */
  cut = false;
  tensor: Initializer | undefined;
  graph: Graph | undefined;
  readonly floats: number[] = [];
  readonly ints: number[] = [];
  readonly strings: string[] = [];
  readonly graphs: Graph[] = [];

  readonly takeTensor = (it: Initializer): void => {
    this.tensor = it;
  };
  readonly takeGraph = (it: Graph): void => {
    this.graph = it;
  };
  readonly addGraph = (it: Graph): void => {
    this.graphs.push(it);
  };

  value(): Attribute {
    const kind = this.type === 0 ? this.#kindOfContent() : KINDS[this.type];
    if (kind === 'float') return { kind, value: this.float ?? 0 };
    if (kind === 'int') return { kind, value: this.int ?? 0 };
    if (kind === 'string' && !this.cut) return { kind, value: this.string ?? '' };
    if (kind === 'strings' && !this.cut) return { kind, value: this.strings };
    if (kind === 'floats') return { kind, value: this.floats };
    if (kind === 'ints') return { kind, value: this.ints };
    if (kind === 'graphs') return { kind, value: this.graphs };
    if (kind === 'tensor' && this.tensor !== undefined) return { kind, value: this.tensor };
    if (kind === 'graph' && this.graph !== undefined) return { kind, value: this.graph };
    return { kind: 'other' };
  }

  #kindOfContent(): Attribute['kind'] {
    if (this.float !== undefined) return 'float';
    if (this.int !== undefined) return 'int';
    if (this.string !== undefined) return 'string';
    if (this.tensor !== undefined) return 'tensor';
    if (this.graph !== undefined) return 'graph';
    if (this.floats.length > 0) return 'floats';
    if (this.ints.length > 0) return 'ints';
    if (this.strings.length > 0) return 'strings';
    return this.graphs.length > 0 ? 'graphs' : 'other';
  }
}
