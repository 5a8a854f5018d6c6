/** Reading a model's graph: nodes and values now, weights when they are asked for. */

import { EngineryError } from '../errors.js';
import { elementTypeOf } from '../tensor/element-type.js';
import { findExternalFiles, readExternal } from './external-data.js';
import type { Graph, GraphFunction, Initializer, OnnxModel } from './graph.js';
import { domainOf, graphReaders } from './graph-reader.js';
import { invalidModel, type ModelSource, openModel } from './model-source.js';
import { walkModel } from './read-model.js';
import { called, type StoredTensor, type ValuePlace } from './tensor-reader.js';
import { readValues } from './tensor-values.js';
import type { FieldTable, MessageReader } from './wire.js';

const MODEL: FieldTable = {
  1: ['int', 'ir_version'],
  2: ['text', 'producer_name'],
  3: ['text', 'producer_version'],
  7: ['message', 'graph'],
  8: ['message', 'opset_import'],
  25: ['message', 'functions'],
};
const OPSET: FieldTable = { 1: ['text', 'domain'], 2: ['int', 'version'] };

/** Operator sets and functions of one model; far above any real one. */
const MAX_DEFINITIONS = 100_000;
/** A writer has one, somebody who appends files to each other a few. */
const MAX_PIECES = 16;

/** What a walk gathers. */
interface Found {
  irVersion: number;
  producer: string;
  producerVersion: string;
  opsets: { domain: string; version: number }[];
  graph: Graph | null;
  /** Messages that the graph was made of. */
  pieces: number;
  functions: GraphFunction[];
  external: StoredTensor[];
}

/**
 * Reads a model's graph. Time and memory do not depend on the size of the weights, which {@link Initializer.read} reads.
 *
 * @param model - Path of an ONNX file, or its bytes. Bytes must not change for as long as initializers are read.
 * @returns Nodes, values and initializers of all graphs. External files are checked, as `readModelInfo` checks them.
 * @throws EngineryError as `readModelInfo` does; `ENGINERY_INVALID_MODEL` also for a file that consists of so many nodes
 * and names that they would take more than three times its size in memory.
 */
export async function readGraph(model: string | Uint8Array): Promise<OnnxModel> {
  const source = await openModel(model);
  try {
    const found: Found = {
      irVersion: 0,
      producer: '',
      producerVersion: '',
      opsets: [],
      graph: null,
      pieces: 0,
      functions: [],
      external: [],
    };
    await walkModel(source, found, modelReader(source, model, found));
    await findExternalFiles(source.name, source.path, found.external);
    return {
      irVersion: found.irVersion,
      producer: `${found.producer} ${found.producerVersion}`.trim(),
      opsets: found.opsets,
      graph: found.graph as Graph,
      functions: found.functions,
    };
  } finally {
    await source.close();
  }
}

function modelReader(source: ModelSource, model: string | Uint8Array, found: Found): MessageReader {
  const readers = graphReaders(source, (tensor, places) => {
    if (tensor.external !== null) found.external.push(tensor);
    return initializer(model, source.name, tensor, places);
  });
  const define = <T>(list: T[], it: T): void => {
    if (list.length === MAX_DEFINITIONS) {
      throw invalidModel(source.name, `has more than ${MAX_DEFINITIONS} operator sets or functions`);
    }
    list.push(it);
  };
  return {
    type: 'ModelProto',
    fields: MODEL,
    int(_field, version) {
      found.irVersion = version;
    },
    text(field, text) {
      if (field === 2) found.producer = text;
      else found.producerVersion = text;
    },
    enter(field) {
      if (field === 8) return opset((it) => define(found.opsets, it));
      if (field === 25) return readers.function((it) => define(found.functions, it));
      return readers.graph((graph) => {
        found.pieces += 1;
        if (found.pieces > MAX_PIECES) throw invalidModel(source.name, `has more than ${MAX_PIECES} graphs`);
        found.graph = found.graph === null ? graph : merged(found.graph, graph);
      });
    },
  };
}

function opset(take: (it: { domain: string; version: number }) => void): MessageReader {
  let domain = '';
  let version = 0;
  return {
    type: 'OperatorSetIdProto',
    fields: OPSET,
    int(_field, number) {
      version = number;
    },
    text(_field, text) {
      domain = domainOf(text);
    },
    leave: () => take({ domain, version }),
  };
}

/** A message in two pieces is one message: so says Protocol Buffers. */
function merged(first: Graph, second: Graph): Graph {
  const initializers = [...first.initializers, ...second.initializers];
  const defaults = new Set(initializers.map(({ name }) => name));
  return {
    name: second.name === '' ? first.name : second.name,
    inputs: [...first.inputs, ...second.inputs].filter(({ name }) => !defaults.has(name)),
    outputs: [...first.outputs, ...second.outputs],
    values: [...first.values, ...second.values],
    initializers,
    nodes: [...first.nodes, ...second.nodes],
  };
}

function initializer(
  model: string | Uint8Array,
  name: string,
  tensor: StoredTensor,
  places: readonly ValuePlace[],
): Initializer {
  const type = elementTypeOf(tensor.type);
  return {
    name: tensor.name,
    type,
    dims: tensor.dims,
    bytes: tensor.bytes,
    external: tensor.external !== null,
    async read() {
      if (type === 'string') {
        const message = `${name}: ${called(tensor.name)} holds strings, which have no fixed size`;
        throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
      }
      if (tensor.external === null) return readValues(model, name, tensor, places);
      return readExternal(name, typeof model === 'string' ? model : null, tensor);
    },
  };
}
