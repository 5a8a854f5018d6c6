/** The log lines are those of TensorRT-RTX 1.7.1 on a machine without a driver. */
import { expect, test } from 'vitest';
import { buildError } from '../../../dist/engine/build-errors.js';
import type { NativeError } from '../../../dist/native/binding.js';

const SUBJECT = { model: 'm.onnx', library: 'TensorRT-RTX 1.7.1', options: {} };
const AFTERMATH =
  '[checkMacros.cpp::catchCudaError::250] Error Code 1: Cuda Runtime (In catchCudaError at /_src/common/dispatch/checkMacros.cpp:250 (cudaError 35: CUDA driver version is insufficient for CUDA runtime version))';

const failed = (message: string): NativeError => ({
  code: 'ENGINERY_BUILD_FAILED',
  message: 'TensorRT could not build an engine from this model',
  log: [
    { severity: 'warning', message: 'something else' },
    { severity: 'error', message },
    { severity: 'error', message: AFTERMATH },
  ],
});

const TURING =
  "IBuilder::buildSerializedNetworkToStream: Error Code 1: Myelin ([pass.cpp:337: check_turing_op_compatibility] Cannot compile operation '/classes/Gemm' for Turing (SM75): FP32 GEMM is not supported. In compileGraph at /_src/optimizer/myelin/codeGenerator.cpp:2012)";
const NO_DRIVER =
  'IBuilder::buildSerializedNetworkToStream: Error Code 1: Myelin ([myelin_graph.h:1295: attachExceptionMsgToGraph] MyelinCheckException: graph_jit.cpp:278: CHECK(status == CUDA_SUCCESS) failed.  In compileGraph at /_src/optimizer/myelin/codeGenerator.cpp:2012)';
const NO_DEVICE =
  'IBuilder::buildSerializedNetworkToStream: Error Code 1: Cuda Runtime (In generateForCurrent at /_src/runtime/core/cudaDeviceProfile.cpp:221 (cudaError 35: CUDA driver version is insufficient for CUDA runtime version))';
const WORKSPACE =
  'IBuilder::buildSerializedNetworkToStream: Error Code 1: Myelin ([tactic.cpp:1676: enumerate_tactics] Tactic Selection: no tactics to implement the operation within workspace limit. Consider increase the allowed workspace size if applicable.; [tactic.cpp:264: run] Error during tactic selection. In compileGraph at /_src/optimizer/myelin/codeGenerator.cpp:2012)';

test('the reason is what TensorRT said first, not what follows without a driver', () => {
  const error = buildError(failed(TURING), SUBJECT);
  expect(error.code).toBe('ENGINERY_BUILD_FAILED');
  expect(error.message).toBe(`TensorRT-RTX 1.7.1 cannot build an engine from m.onnx: ${TURING}`);
  expect(error.hint).toContain('fp16');
  expect(error.details?.log).toHaveLength(3);
});

test('too little workspace says which option to raise', () => {
  expect(buildError(failed(WORKSPACE), SUBJECT).hint).toContain('memory.workspace');
});

test.each([
  [NO_DRIVER, { refit: true }, 'refit'],
  [NO_DRIVER, { stripPlan: true, refit: true }, 'refit and stripPlan'],
  [NO_DEVICE, { targets: ['current'] }, "targets: ['current']"],
  [NO_DEVICE, {}, 'this build'],
])('what needs a GPU names the option: %#', (line, options, what) => {
  const error = buildError(failed(line), { ...SUBJECT, options });
  expect(error.code).toBe('ENGINERY_GPU_REQUIRED');
  expect(error.message).toBe(
    `TensorRT-RTX 1.7.1 needs an NVIDIA GPU with its driver for ${what}, and finds none on this machine`,
  );
});

test('of many parser errors the first three stand in the message, all of them in the details', () => {
  const parserErrors = Array.from({ length: 5 }, (_, index) => ({
    code: 'UNSUPPORTED_NODE_ATTR',
    node: `n${index}`,
    operator: 'Resize',
    file: 'onnxOpImporters.cpp',
    line: index,
    function: 'importResize',
    description: 'mode is not supported',
  }));
  const error = buildError({ code: 'ENGINERY_PARSE_FAILED', message: '', parserErrors }, SUBJECT);
  expect(error.message).toBe(
    [
      'TensorRT-RTX 1.7.1 cannot read m.onnx:',
      "  node 'n0' (Resize): mode is not supported [UNSUPPORTED_NODE_ATTR]",
      "  node 'n1' (Resize): mode is not supported [UNSUPPORTED_NODE_ATTR]",
      "  node 'n2' (Resize): mode is not supported [UNSUPPORTED_NODE_ATTR]",
      '  and 2 more',
    ].join('\n'),
  );
  expect(error.hint).toMatch(/^TensorRT has no Resize as the model uses it/);
  expect(error.details?.errors).toHaveLength(5);
});

test('a refused setting is named as the option that the caller gave', () => {
  const refused = { code: 'ENGINERY_OPTION_REFUSED', message: 'x', subject: 'memory.workspace' };
  const error = buildError(refused, { ...SUBJECT, options: { 'memory.workspace': 5 } });
  expect(error.message).toBe('TensorRT-RTX 1.7.1 does not take memory.workspace = 5: it reads back another value');
});

test('of several plugin libraries the one that was refused is named', () => {
  const log = [
    { severity: 'warning', message: 'something else' },
    { severity: 'error', message: 'Unable to open library' },
    { severity: 'error', message: 'The plugin library /b.so cannot be loaded' },
    { severity: 'error', message: AFTERMATH },
  ] as const;
  const refused = { code: 'ENGINERY_OPTION_REFUSED', message: 'x', subject: 'plugins', log };
  const error = buildError(refused, { ...SUBJECT, options: { plugins: ['/a.so', '/b.so'] } });
  expect(error.message).toBe(
    'TensorRT-RTX 1.7.1 does not take plugins = ["/a.so","/b.so"]: The plugin library /b.so cannot be loaded',
  );
  expect(error.details).toMatchObject({ option: 'plugins', log });
});

test('a setting that only a warning speaks of is refused for that', () => {
  const log = [{ severity: 'warning', message: 'this GPU has no such thing' }] as const;
  const refused = { code: 'ENGINERY_OPTION_REFUSED', message: 'x', subject: 'maxAuxStreams', log };
  expect(buildError(refused, SUBJECT).message).toBe(
    'TensorRT-RTX 1.7.1 does not take maxAuxStreams: this GPU has no such thing',
  );
});

test.each([
  ['35', /there is no driver, or one that is older than this TensorRT needs \(CUDA error 35\)/],
  ['100', /the driver reports no GPU \(CUDA error 100\)/],
  ['999', /but CUDA error 999/],
])('TensorRT Enterprise without a GPU: CUDA error %s is explained', (number, message) => {
  const log = [
    { severity: 'error', message: `CUDA initialization failure with error: ${number}. Please check` },
  ] as const;
  const failed = { code: 'ENGINERY_BUILD_FAILED', message: 'TensorRT could not create a builder', log };
  const error = buildError(failed, { ...SUBJECT, options: {} });
  expect(error).toMatchObject({ code: 'ENGINERY_GPU_REQUIRED', message: expect.stringMatching(message) });
});

test('what the addon does not explain is our bug; what it does keeps its code', () => {
  expect(buildError({ code: 'SURPRISE', message: 'm' }, SUBJECT)).toMatchObject({
    code: 'ENGINERY_INTERNAL',
    message: 'm',
  });
  expect(buildError({ code: 'ENGINERY_DISK_FULL', message: 'm', errno: 28 }, SUBJECT)).toMatchObject({
    code: 'ENGINERY_DISK_FULL',
    details: { errno: 28 },
  });
});
