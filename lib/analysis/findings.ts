/** Going through a model for what TensorRT refuses, or takes in a way that one should know of. */

import { operatorName } from '../onnx/domain.js';
import type { OnnxModel } from '../onnx/graph.js';
import type { ElementType } from '../tensor/element-type.js';
import type { Finding, FindingKind } from './finding.js';
import type { InferredNode } from './infer-shapes.js';
import type { Known } from './known.js';
import { attributeRefusals, operatorRefusal } from './refused-operators.js';

/** TensorRT's `Dims` hold so many. */
const MAX_RANK = 8;

/** Types that its parser has no word for. */
const NO_TYPES: ReadonlySet<ElementType> = new Set([
  'string',
  'complex64',
  'complex128',
  'int16',
  'uint16',
  'uint32',
  'uint64',
  'uint4',
  'int2',
  'uint2',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
]);
/** Types that stand for quantized numbers: QuantizeLinear makes them and DequantizeLinear takes them, nobody else. */
const QUANTIZED_TYPES: ReadonlySet<ElementType> = new Set(['float8e4m3fn', 'int4', 'float4e2m1']);

/** A weight per output channel may have a scale each, an activation may not. */
const SCALES_URL = 'https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/work-quantized-types.html';

/**
 * Says what TensorRT refuses about a model, as far as the file tells: it is no proof that an engine can be built.
 *
 * @param nodes - In the order of the file.
 */
export function findFindings(model: OnnxModel, nodes: readonly InferredNode[]): Finding[] {
  const { graph, functions } = model;
  const findings: Finding[] = [];
  const own = new Set(functions.map(({ domain, name }) => `${domain}::${name}`));
  const weights = new Set(graph.initializers.map(({ name }) => name));
  const quantized = new Set<string>();
  const outputs = new Set(graph.outputs.map(({ name }) => name));

  for (const [what, values] of [['input', graph.inputs] as const, ['output', graph.outputs] as const]) {
    for (const { name, kind, type, dims } of values) {
      const subject = `${what} ${name}`;
      const refuse = (it: FindingKind, message: string): void => {
        findings.push({ level: 'refused', kind: it, subject, node: '', message });
      };
      if (kind !== 'tensor') refuse('sequence', `is a ${kind}: TensorRT takes tensors only`);
      else if (type !== null && NO_TYPES.has(type)) findings.push(noType(subject, type));
      if (dims !== null && dims.length > MAX_RANK)
        refuse('rank', `is of rank ${dims.length}; TensorRT stops at ${MAX_RANK}`);
      if (type === 'float64') findings.push(float64(subject));
    }
  }
  for (const { name, type } of graph.initializers) {
    const subject = `weight ${name}`;
    if (type !== null && NO_TYPES.has(type)) findings.push(noType(subject, type));
    else if (type === 'float64') findings.push(float64(subject));
  }
  for (const it of nodes) {
    if (it.node.operator === 'QuantizeLinear') quantized.add(it.node.outputs[0] ?? '');
    findings.push(...ofNode(it, own, { weights, quantized, outputs }));
  }
  return findings;
}

function noType(subject: string, type: ElementType): Finding {
  const message = `is ${type}, which TensorRT does not have`;
  return { level: 'refused', kind: 'element-type', subject, node: '', message };
}

function float64(subject: string): Finding {
  const message = 'is float64, which TensorRT computes in float32';
  return { level: 'caution', kind: 'element-type', subject, node: '', message };
}

/** Names of values of which one must know where they come from, or go. */
interface Values {
  readonly weights: ReadonlySet<string>;
  readonly quantized: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
}

function ofNode(inferred: InferredNode, own: ReadonlySet<string>, values: Values): Finding[] {
  const { node, facts, outputs } = inferred;
  const { operator, domain } = node;
  const subject = operatorName(domain, operator);
  const where = node.name || node.outputs[0] || '';
  const findings: Finding[] = [];
  const refuse = (kind: FindingKind, message: string): void => {
    findings.push({ level: 'refused', kind, subject, node: where, message });
  };
  const warn = (kind: FindingKind, message: string): void => {
    findings.push({ level: 'caution', kind, subject, node: where, message });
  };

  if (domain !== '') {
    const message = "is no operator of ONNX's: TensorRT needs a plugin for it, unless its parser knows it by that name";
    if (!own.has(subject)) warn('custom-operator', message);
    return findings;
  }
  const refusal = operatorRefusal(operator);
  if (refusal !== null) {
    refuse(refusal.kind, refusal.message);
    return findings;
  }
  for (const message of attributeRefusals(facts, outputs)) refuse('attribute', message);

  const type = outputs.find((it) => it.type !== null && NO_TYPES.has(it.type))?.type;
  if (type) refuse('element-type', `makes ${type}, which TensorRT does not have`);
  const made = outputs.find(({ dims }) => dims !== null && dims.length > MAX_RANK);
  if (made?.dims) refuse('rank', `makes a tensor of rank ${made.dims.length}; TensorRT stops at ${MAX_RANK}`);
  if (operator === 'Cast') castFindings(facts.type(0), outputs[0], values.outputs.has(node.outputs[0] ?? ''), refuse);
  if (operator === 'QuantizeLinear' || operator === 'DequantizeLinear') quantization(inferred, values, refuse, warn);
  if (operator === 'Loop' || operator === 'Scan')
    warn('loop', 'runs one iteration after the other: no CUDA graph, little speed');
  return findings;
}

type Tell = (kind: FindingKind, message: string) => void;

function castFindings(from: ElementType | null, to: Known | undefined, isOutput: boolean, refuse: Tell): void {
  const type = to?.type ?? null;
  const quantized = [from, type].find((it) => it !== null && QUANTIZED_TYPES.has(it));
  if (quantized) {
    refuse('element-type', `TensorRT comes to ${quantized} by QuantizeLinear, and from it by DequantizeLinear, only`);
  } else if (type === 'uint8' && !isOutput) {
    refuse('element-type', 'TensorRT has uint8 for inputs and outputs only, not in between');
  }
}

function quantization({ node, facts }: InferredNode, { weights, quantized }: Values, refuse: Tell, warn: Tell): void {
  const stored = node.operator === 'DequantizeLinear' ? facts.type(0) : facts.type(2);
  if (facts.input(2).numbers?.some((it) => it !== 0)) {
    refuse('quantization', 'has a zero point that is not 0: TensorRT quantizes symmetrically (int8, zero point 0)');
  } else if (stored === 'uint8' && node.operator === 'DequantizeLinear' && !quantized.has(node.inputs[0] ?? '')) {
    refuse('quantization', 'takes uint8, which TensorRT does not dequantize: quantize to int8');
  } else if (stored === 'uint8') {
    warn('quantization', 'has a zero point of uint8, which TensorRT takes for int8: values above 127 are cut off');
  } else if (stored === 'int32') {
    refuse('quantization', 'takes int32: give the bias in floating point');
  }
  const scales = facts.input(1).dims;
  if (
    node.operator === 'QuantizeLinear' &&
    !weights.has(node.inputs[0] ?? '') &&
    scales?.length === 1 &&
    scales[0] !== 1
  ) {
    warn('quantization', `quantizes an activation per channel: NVIDIA documents one scale per tensor (${SCALES_URL})`);
  }
}
