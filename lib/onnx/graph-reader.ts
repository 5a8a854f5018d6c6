/** GraphProto, NodeProto and AttributeProto: kept while they pass. What is kept is weighed, so that no file fills the memory. */

import { EngineryError } from '../errors.js';
import { ATTRIBUTE, AttributeParts } from './attribute-parts.js';
import type { Attribute, Graph, GraphFunction, GraphNode, Initializer } from './graph.js';
import { invalidModel, type ModelSource } from './model-source.js';
import { called, type StoredTensor, tensorReader, type ValuePlace } from './tensor-reader.js';
import { type ValueInfo, valueReader } from './value-reader.js';
import type { FieldTable, MessageReader } from './wire.js';

const GRAPH: FieldTable = {
  1: ['message', 'node'],
  2: ['text', 'name'],
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
const FUNCTION: FieldTable = {
  1: ['text', 'name'],
  4: ['text', 'input'],
  5: ['text', 'output'],
  7: ['message', 'node'],
  10: ['text', 'domain'],
};
const SPARSE: FieldTable = { 1: ['message', 'values'], 2: ['message', 'indices'], 3: ['int', 'dims'] };

/** What one of these takes in memory, about: measured on models that consist of little else. */
const NODE_BYTES = 200;
const GRAPH_BYTES = 500;
const ATTRIBUTE_BYTES = 150;
const VALUE_BYTES = 200;
const TENSOR_BYTES = 500;
const TEXT_BYTES = 32;
const NUMBER_BYTES = 12;
const PLACE_BYTES = 100;

/** Any file may have this much, and a large one more. */
const FREE_BYTES = 20 * 1024 * 1024;

const NO_NAMES: readonly string[] = [];
const NO_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map();
/** Names that the domain of ONNX's own operators has. */
const OWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx']);

/** `''` for ONNX's own, which has two names. */
export function domainOf(name: string): string {
  return OWN_DOMAINS.has(name) ? '' : name;
}

/** Readers for the parts of one model. */
export interface GraphReaders {
  graph(take: (graph: Graph) => void): MessageReader;
  function(take: (it: GraphFunction) => void): MessageReader;
}

/**
 * Makes the readers for a model's graphs.
 *
 * @param store - Makes an initializer of a tensor and the places of its values.
 */
export function graphReaders(
  source: ModelSource,
  store: (tensor: StoredTensor, places: readonly ValuePlace[]) => Initializer,
): GraphReaders {
  let left = FREE_BYTES + 2 * source.size;

  function keep(bytes: number): void {
    left -= bytes;
    if (left < 0)
      throw invalidModel(source.name, 'has more nodes, values and attributes than a real model of its size');
  }

  function keepText(text: string): string {
    keep(TEXT_BYTES + text.length);
    return text;
  }

  function tensor(take: (it: Initializer) => void): MessageReader {
    const places: ValuePlace[] = [];
    return tensorReader(
      source,
      (stored) => {
        keep(TENSOR_BYTES + stored.name.length + stored.dims.length * NUMBER_BYTES);
        for (const [key, value] of stored.external ?? []) keep(2 * TEXT_BYTES + key.length + value.length);
        take(store(stored, places));
      },
      (place) => {
        keep(PLACE_BYTES);
        places.push(place);
      },
    );
  }

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
        if (values !== undefined) take(sparseInitializer(source.name, values, dims, indexBytes));
      },
    };
  }

  function value(values: ValueInfo[]): MessageReader {
    return valueReader(source, (info) => {
      keep(VALUE_BYTES + info.name.length);
      for (const dim of info.dims ?? []) keep(typeof dim === 'string' ? TEXT_BYTES + dim.length : NUMBER_BYTES);
      values.push(info);
    });
  }

  function graph(take: (graph: Graph) => void): MessageReader {
    let name = '';
    const inputs: ValueInfo[] = [];
    const outputs: ValueInfo[] = [];
    const values: ValueInfo[] = [];
    const initializers: Initializer[] = [];
    const nodes: GraphNode[] = [];
    const initializer = (it: Initializer): void => {
      initializers.push(it);
    };
    return {
      type: 'GraphProto',
      fields: GRAPH,
      text(_field, text) {
        name = text;
      },
      enter(field) {
        if (field === 1) return node(nodes);
        if (field === 5) return tensor(initializer);
        if (field === 15) return sparse(initializer);
        return value(field === 11 ? inputs : field === 12 ? outputs : values);
      },
      leave() {
        keep(GRAPH_BYTES);
        const defaults = new Set(initializers.map((it) => it.name));
        const fed = inputs.filter((input) => !defaults.has(input.name));
        take({ name, inputs: fed, outputs, values, initializers, nodes });
      },
    };
  }

  function node(nodes: GraphNode[]): MessageReader {
    let inputs: string[] | undefined;
    let outputs: string[] | undefined;
    let name = '';
    let operator = '';
    let domain = '';
    let attributes: Map<string, Attribute> | undefined;
    return {
      type: 'NodeProto',
      fields: NODE,
      text(field, text) {
        keepText(text);
        if (field === 1) inputs = add(inputs, text);
        else if (field === 2) outputs = add(outputs, text);
        else if (field === 3) name = text;
        else if (field === 4) operator = text;
        else domain = domainOf(text);
      },
      enter: () =>
        attribute((key, it) => {
          attributes ??= new Map();
          attributes.set(key, it);
        }),
      leave() {
        keep(NODE_BYTES);
        nodes.push({
          name,
          operator,
          domain,
          inputs: inputs ?? NO_NAMES,
          outputs: outputs ?? NO_NAMES,
          attributes: attributes ?? NO_ATTRIBUTES,
        });
      },
    };
  }

  function attribute(take: (name: string, it: Attribute) => void): MessageReader {
    const parts = new AttributeParts();
    return {
      type: 'AttributeProto',
      fields: ATTRIBUTE,
      text(field, text) {
        keepText(text);
        if (field === 1) parts.name = text;
        else if (field === 4) parts.string = text;
        else parts.strings.push(text);
      },
      int(field, number) {
        if (field === 3) parts.int = number;
        else if (field === 20) parts.type = number;
        else {
          keep(NUMBER_BYTES);
          parts.ints.push(number);
        }
      },
      float(field, number) {
        if (field === 2) parts.float = number;
        else {
          keep(NUMBER_BYTES);
          parts.floats.push(number);
        }
      },
      // A text that is too long.
      size() {
        parts.cut = true;
      },
      enter(field) {
        if (field === 5) return tensor(parts.takeTensor);
        if (field === 6 || field === 11) return graph(field === 6 ? parts.takeGraph : parts.addGraph);
        // Nothing here asks for lists of tensors; a walk through them tells of damage all the same.
        return field === 10 ? tensor(drop) : sparse(drop);
      },
      leave() {
        keep(ATTRIBUTE_BYTES);
        take(parts.name, parts.value());
      },
    };
  }

  return {
    graph,
    function(take) {
      const inputs: string[] = [];
      const outputs: string[] = [];
      const nodes: GraphNode[] = [];
      let name = '';
      let domain = '';
      return {
        type: 'FunctionProto',
        fields: FUNCTION,
        text(field, text) {
          keepText(text);
          if (field === 1) name = text;
          else if (field === 10) domain = domainOf(text);
          else (field === 4 ? inputs : outputs).push(text);
        },
        enter: () => node(nodes),
        leave() {
          keep(NODE_BYTES);
          take({ name, domain, inputs, outputs, nodes });
        },
      };
    },
  };
}

function drop(): void {}

function add(names: string[] | undefined, name: string): string[] {
  if (names === undefined) return [name];
  names.push(name);
  return names;
}

/** Named by its values, shaped by itself. */
function sparseInitializer(
  model: string,
  values: Initializer,
  dims: readonly number[],
  indexBytes: number,
): Initializer {
  return {
    ...values,
    dims,
    bytes: values.bytes + indexBytes,
    read: async () => {
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${model}: ${called(values.name)} is sparse, and not read`);
    },
  };
}
