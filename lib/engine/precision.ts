/** `precision` is an assertion: TensorRT-RTX takes the types of the ONNX file, so another precision needs another file. */

import { EngineryError } from '../errors.js';
import type { ModelInfo } from '../onnx/model-info.js';
import type { Precision } from './options.js';

/** A model is of a precision when it uses one of these element types. */
const TYPES: Readonly<Record<Precision, readonly string[]>> = {
  fp32: ['float32'],
  fp16: ['float16'],
  bf16: ['bfloat16'],
  fp8: ['float8e4m3fn', 'float8e5m2'],
  int8: ['int8'],
  int4: ['int4'],
  fp4: ['float4e2m1'],
};

/**
 * Checks that a model is of the precision the caller asserts.
 *
 * @param precision what is asserted; undefined asserts nothing
 * @param modelName for the conversion command; a placeholder where the model came as bytes
 * @throws EngineryError `ENGINERY_PRECISION_MISMATCH`, with the command that converts the model; `ENGINERY_INVALID_OPTION`
 */
export function checkPrecision(info: ModelInfo, precision: Precision | undefined, modelName = 'model.onnx'): void {
  if (precision === undefined) return;
  if (!Object.hasOwn(TYPES, precision)) {
    throw new EngineryError(
      'ENGINERY_INVALID_OPTION',
      `precision: expected one of ${Object.keys(TYPES).join(', ')}, got ${JSON.stringify(precision) ?? String(precision)}`,
    );
  }
  const uses = (candidate: Precision): boolean => info.elementTypes.some((type) => TYPES[candidate].includes(type));
  const lower = (Object.keys(TYPES) as Precision[]).filter((candidate) => candidate !== 'fp32' && uses(candidate));
  if (precision === 'fp32' ? uses('fp32') && lower.length === 0 : uses(precision)) return;
  const found = lower.length > 0 ? lower : uses('fp32') ? ['fp32'] : info.elementTypes;
  throw new EngineryError('ENGINERY_PRECISION_MISMATCH', `The model is ${found.join(' and ')}, not ${precision}`, {
    hint: conversion(precision, modelName),
    details: { expected: precision, elementTypes: info.elementTypes },
  });
}

function conversion(precision: Precision, model: string): string {
  if (precision === 'fp32') return 'Export the model again in float32.';
  if (precision === 'fp4') return 'Quantize it before the export, with NVIDIA ModelOpt for PyTorch (NVFP4).';
  const files = `--onnx_path ${model} --output_path ${model.replace(/(\.onnx)?$/i, `.${precision}.onnx`)}`;
  const command =
    precision === 'fp16' || precision === 'bf16'
      ? `python -m modelopt.onnx.autocast ${files} --low_precision_type ${precision}`
      : `python -m modelopt.onnx.quantization ${files} --quantize_mode ${precision}`;
  return `TensorRT takes types from the ONNX file. Convert it first:\n  ${command}`;
}
