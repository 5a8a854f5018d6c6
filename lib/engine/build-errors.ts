/** What TensorRT says of a build that failed, as errors that say what to do. */

import { EngineryError, isErrorCode } from '../errors.js';
import type { NativeError, NativeLogLine, NativeParserError } from '../native/binding.js';

/** What the messages speak of. */
export interface BuildSubject {
  /** The model's path, or what it is called. */
  readonly model: string;
  /** `TensorRT-RTX 1.7.1`. */
  readonly library: string;
  /** Options that were set, by name. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** So many of the parser's errors stand in the message; all of them are in the details. */
const PARSER_ERRORS_SHOWN = 3;

/** Signs, in TensorRT's log, that it looked for a driver. */
const NO_DRIVER = /cudaError \d+|CUDA initialization failure|CHECK\(status == CUDA_SUCCESS\)|no CUDA-capable device/i;

/** What TensorRT Enterprise logs when it can make no builder, with the CUDA runtime's error number. */
const CUDA_FAILURE = /CUDA initialization failure with error: (\d+)/;

const CUDA_REASONS: Readonly<Record<string, string>> = {
  2: 'the GPU has no memory left (CUDA error 2)',
  3: 'CUDA could not be initialized (CUDA error 3)',
  35: 'there is no driver, or one that is older than this TensorRT needs (CUDA error 35)',
  100: 'the driver reports no GPU (CUDA error 100)',
};

/** Where there is no driver, every failed build ends with this line, whatever it failed for. */
const AFTERMATH = /catchCudaError/;

const TURING_FP32 = /Turing \(SM75\): FP32 GEMM is not supported/;

const WORKSPACE = /workspace (?:limit|memory)/i;

/**
 * Turns the addon's account of a failed build into the error to reject with.
 *
 * @param subject what was being built, and with what
 */
export function buildError(error: NativeError, subject: BuildSubject): EngineryError {
  const log = error.log ?? [];
  const told = log.filter(({ message }) => !AFTERMATH.test(message));
  const errors = told.filter(({ severity }) => severity === 'error');
  const text = errors.map((line) => line.message).join('\n');
  switch (error.code) {
    case 'ENGINERY_PARSE_FAILED':
      return parseError(error, subject);
    case 'ENGINERY_OPTION_REFUSED':
      // A refusal ends the build at once, so what was logged last is about it.
      return refusedError(error, (errors.at(-1) ?? told.at(-1))?.message, subject);
    case 'ENGINERY_BUILD_FAILED':
      return gpuError(text, log, subject) ?? failedError(errors.at(-1)?.message, log, subject);
    default:
      return new EngineryError(isErrorCode(error.code) ? error.code : 'ENGINERY_INTERNAL', error.message, {
        details: {
          ...(error.subject === undefined ? {} : { subject: error.subject }),
          ...(error.errno === undefined ? {} : { errno: error.errno }),
          ...(log.length === 0 ? {} : { log }),
        },
      });
  }
}

function parseError(error: NativeError, { model, library }: BuildSubject): EngineryError {
  const errors = (error.parserErrors ?? []).map(toParserError);
  const shown = errors.slice(0, PARSER_ERRORS_SHOWN).map((item) => `  ${describe(item)}`);
  const more = errors.length - shown.length;
  if (more > 0) shown.push(`  and ${more} more`);
  const unsupported = [...new Set(errors.filter(isUnsupported).map((item) => item.operator))].filter(Boolean);
  return new EngineryError(
    'ENGINERY_PARSE_FAILED',
    [`${library} cannot read ${model}${shown.length > 0 ? ':' : ''}`, ...shown].join('\n'),
    {
      hint:
        unsupported.length > 0
          ? `TensorRT has no ${unsupported.join(', ')} as the model uses it. Export the model without it, or run it with ONNX Runtime.`
          : 'Check the model with onnx.checker and run shape inference; details.errors has all that the parser said.',
      details: { errors, ...(error.log?.length ? { log: error.log } : {}) },
    },
  );
}

/** One error of TensorRT's ONNX parser, in `details.errors`. */
export interface ParserError {
  /** `UNSUPPORTED_NODE`, `INVALID_GRAPH`, … */
  readonly code: string;
  readonly node: string;
  readonly operator: string;
  /** Line of the parser's source that refused. */
  readonly location: string;
  readonly description: string;
}

/** The addon's account of one of the parser's errors, in our words. */
export function toParserError({ code, node, operator, file, line, description }: NativeParserError): ParserError {
  const location = `${file}:${line}`;
  // For an operator it does not have, the parser looks for a plugin of that name, and only says that there is none.
  if (description.includes('Plugin not found')) {
    return { code: 'UNSUPPORTED_NODE', node, operator, location, description: 'there is no such operator in TensorRT' };
  }
  return { code, node, operator, location, description };
}

function describe({ code, node, operator, description }: ParserError): string {
  const where =
    node !== '' ? `node '${node}'${operator === '' ? '' : ` (${operator})`}: ` : operator === '' ? '' : `${operator}: `;
  return `${where}${description.trim()} [${code}]`;
}

function isUnsupported({ code }: ParserError): boolean {
  return code.startsWith('UNSUPPORTED');
}

function refusedError(
  error: NativeError,
  reason: string | undefined,
  { library, options }: BuildSubject,
): EngineryError {
  const option = error.subject ?? '';
  const value = options[option];
  return new EngineryError(
    'ENGINERY_OPTION_REFUSED',
    `${library} does not take ${option}${value === undefined ? '' : ` = ${JSON.stringify(value)}`}` +
      (reason === undefined ? ': it reads back another value' : `: ${reason}`),
    { hint: `Leave ${option} out, or use another version of the library.`, details: { option, log: error.log ?? [] } },
  );
}

function gpuError(
  text: string,
  log: readonly NativeLogLine[],
  { library, options }: BuildSubject,
): EngineryError | undefined {
  if (!NO_DRIVER.test(text)) return undefined;
  const targets = options.targets;
  const causes = [
    ...(Array.isArray(targets) && targets.includes('current') ? ["targets: ['current']"] : []),
    ...(options.refit === true ? ['refit'] : []),
    ...(options.stripPlan === true ? ['stripPlan'] : []),
  ];
  const what = causes.length > 0 ? causes.join(' and ') : 'this build';
  const [, number] = CUDA_FAILURE.exec(text) ?? [];
  const reason = number === undefined ? undefined : (CUDA_REASONS[number] ?? `CUDA error ${number}`);
  return new EngineryError(
    'ENGINERY_GPU_REQUIRED',
    `${library} needs an NVIDIA GPU with its driver for ${what}, ${reason === undefined ? 'and finds none on this machine' : `but ${reason}`}`,
    {
      hint:
        causes.length > 0
          ? 'Build without it, or on a machine with a GPU. `enginery doctor` says what this machine has.'
          : 'Build on a machine with a GPU. `enginery doctor` says what this machine has.',
      details: { options: causes, log },
    },
  );
}

function failedError(
  reason: string | undefined,
  log: readonly NativeLogLine[],
  { model, library }: BuildSubject,
): EngineryError {
  return new EngineryError(
    'ENGINERY_BUILD_FAILED',
    `${library} cannot build an engine from ${model}${reason === undefined ? '' : `: ${reason}`}`,
    { hint: failureHint(reason ?? ''), details: { log } },
  );
}

function failureHint(text: string): string | undefined {
  if (TURING_FP32.test(text)) {
    return 'Turing (sm75) needs an fp16 model: convert it with `python -m modelopt.onnx.autocast`, or leave sm75 out of targets.';
  }
  if (WORKSPACE.test(text)) return 'Raise memory.workspace (--memPoolSize=workspace:…), or leave it out.';
  return undefined;
}
