/** Reading a model's graph: nodes, values and what is known of the weights. */

import { DEFAULT_DOMAIN, domainOf } from './domain.js';
import { findExternalFiles } from './external-data.js';
import type { GraphFunction, OnnxModel } from './graph.js';
import { type GraphParts, graphReader, noParts, toGraph } from './graph-reader.js';
import type { Opset } from './model-info.js';
import { invalidModel, type ModelSource, openModel } from './model-source.js';
import { walkModel } from './read-model.js';
import type { StoredTensor } from './tensor-reader.js';
import type { FieldTable, MessageReader } from './wire.js';

const MODEL: FieldTable = {
  1: ['int', 'ir_version'],
  7: ['message', 'graph'],
  8: ['message', 'opset_import'],
  25: ['message', 'functions'],
};
const OPSET: FieldTable = { 1: ['text', 'domain'], 2: ['int', 'version'] };
const FUNCTION: FieldTable = { 1: ['text', 'name'], 10: ['text', 'domain'] };

/** Operator sets and functions of one model; far above any real one. */
const MAX_DEFINITIONS = 10_000;

/** What a walk gathers. */
interface Found {
  irVersion: number;
  /** Null until a graph is met. */
  graph: GraphParts | null;
  readonly opsets: Opset[];
  readonly functions: GraphFunction[];
  readonly external: StoredTensor[];
}

/**
 * Reads a model's graph. Time and memory do not depend on the size of the weights, which stay where they are.
 *
 * @param model - Path of an ONNX file, or its bytes. Bytes must not change until the promise settles.
 * @throws EngineryError as `readModelInfo` does; `ENGINERY_MODEL_TOO_LARGE` for a file of so many nodes and names that they
 * would take several times its size in memory.
 */
export async function readGraph(model: string | Uint8Array): Promise<OnnxModel> {
  const source = await openModel(model);
  try {
    const found: Found = { irVersion: 0, graph: null, opsets: [], functions: [], external: [] };
    await walkModel(source, found, modelReader(source, found));
    const externalFiles = await findExternalFiles(source.name, source.path, found.external);
    const graph = toGraph(found.graph ?? noParts());
    return { opsets: found.opsets, graph, functions: found.functions, externalFiles, bytes: source.size };
  } finally {
    await source.close();
  }
}

function modelReader(source: ModelSource, found: Found): MessageReader {
  const define = <T>(list: T[], it: T): void => {
    list.push(it);
    if (list.length <= MAX_DEFINITIONS) return;
    throw invalidModel(source.name, `has more than ${MAX_DEFINITIONS} operator sets or functions`);
  };
  const parts = noParts();
  const graph = graphReader(source, parts, (tensor) => found.external.push(tensor));
  return {
    type: 'ModelProto',
    fields: MODEL,
    int(_field, version) {
      found.irVersion = version;
    },
    enter(field) {
      if (field === 7) {
        found.graph = parts;
        return graph;
      }
      return field === 8
        ? definitionReader('OperatorSetIdProto', OPSET, (domain, _name, version) =>
            define(found.opsets, { domain: domain === '' ? DEFAULT_DOMAIN : domain, version }),
          )
        : definitionReader('FunctionProto', FUNCTION, (domain, name) =>
            define(found.functions, { domain: domainOf(domain), name }),
          );
    },
  };
}

/** Domain and name of a function, domain and version of an operator set. */
function definitionReader(
  type: string,
  fields: FieldTable,
  take: (domain: string, name: string, version: number) => void,
): MessageReader {
  const texts: Record<string, string> = {};
  let version = 0;
  return {
    type,
    fields,
    text(field, text) {
      texts[fields[field]?.[1] ?? ''] = text;
    },
    int(_field, number) {
      version = number;
    },
    leave: () => take(texts.domain ?? '', texts.name ?? '', version),
  };
}
