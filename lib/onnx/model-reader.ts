/** ModelProto, graphs, nodes and functions: counted and summed up while they pass, never kept. */

import { DEFAULT_DOMAIN, domainOf, operatorName } from './domain.js';
import { invalidModel, type ModelSource } from './model-source.js';
import { called, type StoredTensor, tensorReader } from './tensor-reader.js';
import { type ValueInfo, valueReader } from './value-reader.js';
import type { FieldTable, MessageReader } from './wire.js';

/** What a walk over a model gathers. */
export interface ModelFacts {
  irVersion: number;
  producer: string;
  producerVersion: string;
  opsets: { domain: string; version: number }[];
  /** Null until a graph is met. */
  graph: string | null;
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  /** Names of the main graph's initializers: an input of that name is a default value, not an input. */
  initializers: Set<string>;
  /** `TensorProto.DataType` numbers. */
  types: Set<number>;
  nodes: number;
  operators: Map<string, number>;
  functions: number;
  parameters: number;
  weightBytes: number;
  external: StoredTensor[];
}

const MODEL: FieldTable = {
  1: ['int', 'ir_version'],
  2: ['text', 'producer_name'],
  3: ['text', 'producer_version'],
  7: ['message', 'graph'],
  8: ['message', 'opset_import'],
  25: ['message', 'functions'],
};
const OPSET: FieldTable = { 1: ['text', 'domain'], 2: ['int', 'version'] };
const GRAPH: FieldTable = {
  1: ['message', 'node'],
  2: ['text', 'name'],
  5: ['message', 'initializer'],
  11: ['message', 'input'],
  12: ['message', 'output'],
  15: ['message', 'sparse_initializer'],
};
const SUBGRAPH: FieldTable = {
  1: ['message', 'node'],
  5: ['message', 'initializer'],
  15: ['message', 'sparse_initializer'],
};
const FUNCTION: FieldTable = { 7: ['message', 'node'] };
const NODE: FieldTable = { 4: ['text', 'op_type'], 5: ['message', 'attribute'], 7: ['text', 'domain'] };
const ATTRIBUTE: FieldTable = {
  1: ['text', 'name'],
  3: ['int', 'i'],
  5: ['message', 't'],
  6: ['message', 'g'],
  10: ['message', 'tensors'],
  11: ['message', 'graphs'],
  22: ['message', 'sparse_tensor'],
  23: ['message', 'sparse_tensors'],
};
const SPARSE: FieldTable = { 1: ['message', 'values'], 2: ['message', 'indices'] };

/** Attributes of ONNX's own operators whose number is an element type: of Cast, QuantizeLinear, RandomNormal and others. */
const TYPE_ATTRIBUTES: ReadonlySet<string> = new Set(['to', 'dtype', 'output_dtype']);

/** Names kept in memory: far above any real model, so that a file made to fill the memory cannot. */
const MAX_NAMES = 50_000;

/** An empty record to gather into. */
export function noFacts(): ModelFacts {
  return {
    irVersion: 0,
    producer: '',
    producerVersion: '',
    opsets: [],
    graph: null,
    inputs: [],
    outputs: [],
    initializers: new Set(),
    types: new Set(),
    nodes: 0,
    operators: new Map(),
    functions: 0,
    parameters: 0,
    weightBytes: 0,
    external: [],
  };
}

/** The reader for a whole model: it gathers into `facts`. */
export function modelReader(source: ModelSource, facts: ModelFacts): MessageReader {
  let names = 0;

  function countName(): void {
    names += 1;
    if (names > MAX_NAMES) throw invalidModel(source.name, `has more than ${MAX_NAMES} inputs, weights and operators`);
  }

  function addTensor(tensor: StoredTensor, parameters: number): void {
    facts.types.add(tensor.type);
    facts.parameters += parameters;
    facts.weightBytes += tensor.bytes;
    if (!Number.isSafeInteger(facts.weightBytes)) {
      throw invalidModel(
        source.name,
        `has absurd dimensions: with ${called(tensor.name)}, its weights exceed 2^53 bytes`,
      );
    }
    if (tensor.external !== null) {
      countName();
      facts.external.push(tensor);
    }
  }

  function initializer(tensor: StoredTensor): void {
    countName();
    facts.initializers.add(tensor.name);
    addTensor(tensor, tensor.elements);
  }

  const weight = (): MessageReader => tensorReader(source, (tensor) => addTensor(tensor, tensor.elements));

  /** Its values are parameters; their places are bytes only. */
  function sparse(takeValues: (values: StoredTensor) => void): MessageReader {
    return {
      type: 'SparseTensorProto',
      fields: SPARSE,
      enter: (field) => tensorReader(source, field === 1 ? takeValues : (indices) => addTensor(indices, 0)),
    };
  }
  const sparseWeight = (): MessageReader => sparse((values) => addTensor(values, values.elements));

  function value(values: ValueInfo[]): MessageReader {
    return valueReader((info) => {
      countName();
      values.push(info);
    });
  }

  function graph(): MessageReader {
    facts.graph ??= '';
    return {
      type: 'GraphProto',
      fields: GRAPH,
      text(_field, name) {
        facts.graph = name;
      },
      enter(field) {
        if (field === 1) return node();
        if (field === 5) return tensorReader(source, initializer);
        if (field === 11) return value(facts.inputs);
        return field === 12 ? value(facts.outputs) : sparse(initializer);
      },
    };
  }

  const subgraphParts: MessageReader = {
    type: 'GraphProto',
    fields: SUBGRAPH,
    enter: (field) => (field === 1 ? node() : field === 5 ? weight() : sparseWeight()),
  };
  const functionParts: MessageReader = { type: 'FunctionProto', fields: FUNCTION, enter: () => node() };

  function node(): MessageReader {
    let operator = '';
    let domain = '';
    let types: number[] | undefined;
    return {
      type: 'NodeProto',
      fields: NODE,
      text(field, text) {
        if (field === 4) operator = text;
        else domain = text;
      },
      enter: () =>
        attribute((type) => {
          types = [...(types ?? []), type];
        }),
      leave() {
        const key = operatorName(domain, operator);
        const count = facts.operators.get(key);
        if (count === undefined) countName();
        facts.operators.set(key, (count ?? 0) + 1);
        facts.nodes += 1;
        if (domainOf(domain) === '') for (const type of types ?? []) facts.types.add(type);
      },
    };
  }

  function attribute(takeType: (type: number) => void): MessageReader {
    let name = '';
    let number = 0;
    return {
      type: 'AttributeProto',
      fields: ATTRIBUTE,
      int(_field, n) {
        number = n;
      },
      text(_field, text) {
        name = text;
      },
      enter(field) {
        if (field === 6 || field === 11) return subgraphParts;
        return field === 5 || field === 10 ? weight() : sparseWeight();
      },
      leave() {
        if (number !== 0 && TYPE_ATTRIBUTES.has(name)) takeType(number);
      },
    };
  }

  function opset(): MessageReader {
    let domain = '';
    let version = 0;
    return {
      type: 'OperatorSetIdProto',
      fields: OPSET,
      int(_field, n) {
        version = n;
      },
      text(_field, text) {
        domain = text;
      },
      leave() {
        countName();
        facts.opsets.push({ domain: domain === '' ? DEFAULT_DOMAIN : domain, version });
      },
    };
  }

  return {
    type: 'ModelProto',
    fields: MODEL,
    int(_field, version) {
      facts.irVersion = version;
    },
    text(field, text) {
      if (field === 2) facts.producer = text;
      else facts.producerVersion = text;
    },
    enter(field) {
      if (field === 7) return graph();
      if (field === 8) return opset();
      facts.functions += 1;
      return functionParts;
    },
  };
}
