/** AttributeProto: the fields, of which `type` says which one counts. */

import type { Attribute, Graph, Initializer } from './graph.js';
import type { FieldTable, MessageReader } from './wire.js';

const ATTRIBUTE: FieldTable = {
  1: ['text', 'name'],
  2: ['float', 'f'],
  3: ['int', 'i'],
  4: ['text', 's'],
  5: ['message', 't'],
  6: ['message', 'g'],
  7: ['float', 'floats'],
  8: ['int', 'ints'],
  20: ['int', 'type'],
};

/** `AttributeProto.AttributeType`; others are of no use here. */
const KINDS: Readonly<Record<number, Attribute['kind']>> = {
  1: 'float',
  2: 'int',
  3: 'string',
  4: 'tensor',
  5: 'graph',
  6: 'floats',
  7: 'ints',
};

/** Shapes, axes and pads have a few numbers; lists of thousands belong to trees and vocabularies. */
const LONGEST_LIST = 1024;

/**
 * Reads one attribute and hands it on when it has ended.
 *
 * @param readers - Make the readers for a tensor and a graph.
 */
export function attributeReader(
  readers: {
    tensor(take: (it: Initializer) => void): MessageReader;
    graph(take: (it: Graph) => void): MessageReader;
  },
  take: (name: string, it: Attribute) => void,
): MessageReader {
  let name = '';
  let type = 0;
  let long = false;
  // Files of before IR version 2 do not give the type: the field that is there counts.
  let found: Attribute['kind'] = 'other';
  let float = 0;
  let int = 0;
  let string = '';
  let tensor: Initializer | undefined;
  let graph: Graph | undefined;
  const floats: number[] = [];
  const ints: number[] = [];

  function addTo(list: number[], number: number): void {
    if (list.length < LONGEST_LIST) list.push(number);
    else long = true;
  }

  function value(): Attribute {
    const kind = type === 0 ? found : KINDS[type];
    if (long) return OTHER;
    if (kind === 'float') return { kind, value: float };
    if (kind === 'int') return { kind, value: int };
    if (kind === 'string') return { kind, value: string };
    if (kind === 'floats') return { kind, value: floats };
    if (kind === 'ints') return { kind, value: ints };
    if (kind === 'tensor' && tensor !== undefined) return { kind, value: tensor };
    return kind === 'graph' && graph !== undefined ? { kind, value: graph } : OTHER;
  }

  return {
    type: 'AttributeProto',
    fields: ATTRIBUTE,
    text(field, text) {
      if (field === 1) name = text;
      else {
        string = text;
        found = 'string';
      }
    },
    int(field, number) {
      if (field === 20) {
        type = number;
      } else if (field === 3) {
        int = number;
        found = 'int';
      } else {
        addTo(ints, number);
        found = 'ints';
      }
    },
    float(field, number) {
      if (field === 2) {
        float = number;
        found = 'float';
      } else {
        addTo(floats, number);
        found = 'floats';
      }
    },
    long() {
      long = true;
    },
    enter(field) {
      if (field === 5) {
        return readers.tensor((it) => {
          tensor = it;
          found = 'tensor';
        });
      }
      return readers.graph((it) => {
        graph = it;
        found = 'graph';
      });
    },
    leave: () => take(name, value()),
  };
}

const OTHER: Attribute = { kind: 'other' };
