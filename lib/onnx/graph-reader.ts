/** GraphProto and NodeProto: kept while they pass. What is kept is weighed, so that no file fills the memory. */

import { EngineryError } from '../errors.js';
import { elementTypeOf } from '../tensor/element-type.js';
import { attributeReader } from './attribute-reader.js';
import { domainOf } from './domain.js';
import type { Attribute, Graph, GraphNode, Initializer } from './graph.js';
import type { ModelSource } from './model-source.js';
import { numbersOf, placeOf } from './stored-values.js';
import { type StoredTensor, tensorReader } from './tensor-reader.js';
import { type ValueInfo, valueReader } from './value-reader.js';
import type { FieldTable, MessageReader } from './wire.js';

const GRAPH: FieldTable = {
  1: ['message', 'node'],
  5: ['message', 'initializer'],
  11: ['message', 'input'],
  12: ['message', 'output'],
  13: ['message', 'value_info'],
  15: ['message', 'sparse_initializer'],
};
const NODE: FieldTable = {
  1: ['text', 'input'],
  2: ['text', 'output'],
  3: ['text', 'name'],
  4: ['text', 'op_type'],
  5: ['message', 'attribute'],
  7: ['text', 'domain'],
};
const SPARSE: FieldTable = { 1: ['message', 'values'], 2: ['message', 'indices'], 3: ['int', 'dims'] };

/** What one of these takes in memory, about, what is later found out about it included: measured on files full of them. */
const NODE_BYTES = 1300;
const GRAPH_BYTES = 800;
const ATTRIBUTE_BYTES = 200;
const VALUE_BYTES = 300;
const TENSOR_BYTES = 700;
const NAME_BYTES = 120;
const NUMBER_BYTES = 24;

/** Any file may have this much, and a large one more. */
const FREE_BYTES = 12 * 1024 * 1024;

const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map();

/** A graph in the making. */
export interface GraphParts {
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly values: ValueInfo[];
  readonly initializers: Initializer[];
  readonly nodes: GraphNode[];
}

export function noParts(): GraphParts {
  return { inputs: [], outputs: [], values: [], initializers: [], nodes: [] };
}

export function toGraph(parts: GraphParts): Graph {
  const defaults = new Set(parts.initializers.map(({ name }) => name));
  return { ...parts, inputs: parts.inputs.filter(({ name }) => !defaults.has(name)) };
}

/**
 * Makes the reader for the main graph of a model. It can be entered again: Protocol Buffers let a message come in pieces.
 *
 * @param takeExternal - Is told of each tensor in another file.
 */
export function graphReader(
  source: ModelSource,
  parts: GraphParts,
  takeExternal: (tensor: StoredTensor) => void,
): MessageReader {
  let left = FREE_BYTES + 2 * source.size;
  // A value's name stands at its node and at each that uses it: one copy is enough.
  const names = new Map<string, string>();

  function keep(bytes: number): void {
    left -= bytes;
    if (left >= 0) return;
    const message = `${source.name} has too many nodes and values to be analyzed`;
    throw new EngineryError('ENGINERY_MODEL_TOO_LARGE', message, {
      hint: 'They would take several times the size of the file in memory. readModelInfo() reads the model all the same.',
      details: { path: source.name },
    });
  }

  function nameOf(text: string): string {
    const known = names.get(text);
    if (known !== undefined) {
      keep(NUMBER_BYTES);
      return known;
    }
    keep(NAME_BYTES + text.length);
    names.set(text, text);
    return text;
  }

  function tensor(take: (it: Initializer) => void): MessageReader {
    const keepTensor = (stored: StoredTensor): void => {
      const type = elementTypeOf(stored.type);
      const numbers = numbersOf(type, stored.elements, stored.external === null ? stored.data : []);
      keep(TENSOR_BYTES + (stored.dims.length + (numbers?.length ?? 0)) * NUMBER_BYTES);
      if (stored.external !== null) {
        for (const [key, value] of stored.external) keep(2 * NAME_BYTES + key.length + value.length);
        takeExternal(stored);
      }
      const { dims, elements, bytes } = stored;
      take({ name: nameOf(stored.name), type, dims, elements, bytes, numbers, place: placeOf(stored) });
    };
    return tensorReader(source, keepTensor, true);
  }

  /** Named by its values, shaped by itself. */
  function sparse(take: (it: Initializer) => void): MessageReader {
    let values: Initializer | undefined;
    let indexBytes = 0;
    const dims: number[] = [];
    return {
      type: 'SparseTensorProto',
      fields: SPARSE,
      int(_field, dim) {
        keep(NUMBER_BYTES);
        dims.push(dim);
      },
      enter: (field) =>
        tensor((it) => {
          if (field === 1) values = it;
          else indexBytes += it.bytes;
        }),
      leave() {
        if (values !== undefined) {
          take({ ...values, dims, bytes: values.bytes + indexBytes, numbers: null, place: null });
        }
      },
    };
  }

  function value(values: ValueInfo[]): MessageReader {
    return valueReader((info) => {
      keep(VALUE_BYTES);
      for (const dim of info.dims ?? []) keep(NUMBER_BYTES + (typeof dim === 'string' ? NAME_BYTES + dim.length : 0));
      values.push({ ...info, name: nameOf(info.name) });
    });
  }

  function graph(parts: GraphParts): MessageReader {
    const initializer = (it: Initializer): void => {
      parts.initializers.push(it);
    };
    return {
      type: 'GraphProto',
      fields: GRAPH,
      enter(field) {
        if (field === 1) return node(parts.nodes);
        if (field === 5) return tensor(initializer);
        if (field === 15) return sparse(initializer);
        return value(field === 11 ? parts.inputs : field === 12 ? parts.outputs : parts.values);
      },
    };
  }

  function subgraph(take: (graph: Graph) => void): MessageReader {
    keep(GRAPH_BYTES);
    const parts = noParts();
    return { ...graph(parts), leave: () => take(toGraph(parts)) };
  }

  function node(nodes: GraphNode[]): MessageReader {
    const inputs: string[] = [];
    const outputs: string[] = [];
    let name = '';
    let operator = '';
    let domain = '';
    let attributes: Map<string, Attribute> | undefined;
    return {
      type: 'NodeProto',
      fields: NODE,
      text(field, text) {
        if (field === 1) inputs.push(nameOf(text));
        else if (field === 2) outputs.push(nameOf(text));
        else if (field === 3) name = nameOf(text);
        else if (field === 4) operator = nameOf(text);
        else domain = domainOf(nameOf(text));
      },
      enter: () =>
        attributeReader({ tensor, graph: subgraph }, (key, it) => {
          keep(ATTRIBUTE_BYTES + sizeOf(it));
          attributes ??= new Map();
          attributes.set(nameOf(key), it);
        }),
      leave() {
        keep(NODE_BYTES);
        nodes.push({ name, operator, domain, inputs, outputs, attributes: attributes ?? NO_ATTRIBUTES });
      },
    };
  }

  return graph(parts);
}

function sizeOf(attribute: Attribute): number {
  if (attribute.kind === 'string') return attribute.value.length;
  return 'value' in attribute && Array.isArray(attribute.value) ? attribute.value.length * NUMBER_BYTES : 0;
}
