/** `enginery inspect`: what is in a model or an engine. */

import { Command } from 'commander';
import { type EngineInspection, inspectFile, type ModelInspection } from '../engine/inspect-file.js';
import type { Manifest, ManifestValue } from '../engine/manifest.js';
import type { ModelSupport } from '../engine/model-support.js';
import type { ProfileEntry, ShapeRange } from '../engine/profile.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { type LayerFlags, showLayers } from './inspect-layers.js';
import { formatBytes, print, printJson } from './output.js';
import { row, rows } from './rows.js';
import { deviceOption, trustOption } from './session-options.js';
import { parseShapes } from './shapes.js';

/** Operators shown to people; `--json` has all. */
const OPERATORS_SHOWN = 12;

/** The command `enginery inspect`. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .argument('<file>', 'an ONNX model, or an engine file')
    .argument('[other]', 'another engine: show how they differ')
    .option('--shapes <spec>', 'sizes for the open dims of inputs: image:8x1x28x28 (the first is 1 otherwise)')
    .option('--support', "ask TensorRT's own parser what of the model it takes")
    .option('--library <path>', 'TensorRT library to ask (default: the first usable one found)')
    .option('--engine', 'load an engine on a GPU and show its layers, as TensorRT describes them')
    .addOption(deviceOption())
    .addOption(trustOption())
    .option('--json', 'print everything as JSON')
    .addHelpText('after', '\nNeeds no TensorRT, but for --support; no GPU, but for --engine.')
    .action((file: string, other: string | undefined, flags: Flags) => {
      if (other === undefined ? !flags.engine && (flags.device ?? flags.trustPlans) : flags.engine) {
        const message = '--engine is about one engine, --device and --trust-plans go with --engine';
        throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
      }
      const ofModel = flags.library ?? flags.support ?? flags.shapes;
      if (other === undefined ? flags.library && !flags.support : ofModel) {
        const message = '--support and --shapes are about one model, --library goes with --support';
        throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
      }
      return other === undefined ? showFile(file, flags) : showDifferences(file, other, flags);
    });
}

interface Flags extends LayerFlags {
  readonly shapes?: string;
  readonly support?: true;
  readonly engine?: true;
  readonly library?: string;
}

async function showFile(file: string, flags: Flags): Promise<void> {
  const inspection = await inspectFile(file);
  if (inspection.kind === 'model') {
    if (!flags.engine) return showModel(inspection, flags);
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--engine: ${file} is a model, not an engine`);
  }
  const [misplaced] = [flags.support && '--support', flags.shapes && '--shapes'].filter(Boolean);
  if (misplaced) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${misplaced}: ${file} is an engine, not a model`);
  }
  if (flags.engine) return showLayers(file, flags);
  if (flags.json) printJson(inspection);
  else reportEngine(inspection);
}

async function showModel(model: ModelInspection, flags: Flags): Promise<void> {
  const { analyzeModel } = await import('../analysis/analyze-model.js');
  const shapes = flags.shapes === undefined ? {} : Object.fromEntries(parseShapes(flags.shapes, '--shapes'));
  const analysis = await analyzeModel(model.path, { shapes }).catch((error: unknown) => {
    if (error instanceof EngineryError && error.code === 'ENGINERY_MODEL_TOO_LARGE') return error;
    throw error;
  });
  const support = flags.support ? await askParser(model.path, flags.library) : undefined;
  const tooLarge = analysis instanceof EngineryError;
  if (flags.json)
    return printJson({ ...model, analysis: tooLarge ? null : analysis, ...(support === undefined ? {} : { support }) });
  reportModel(model);
  if (tooLarge) {
    row('analysis', analysis.message);
  } else {
    const { reportAnalysis } = await import('./report-analysis.js');
    reportAnalysis(analysis, model.inputs);
  }
  if (support !== undefined) reportSupport(support);
}

async function askParser(file: string, library: string | undefined): Promise<ModelSupport> {
  const { modelSupport } = await import('../engine/model-support.js');
  return modelSupport(file, library === undefined ? {} : { library });
}

function reportSupport({ library, supported, errors }: ModelSupport): void {
  const refused = errors.length === 1 ? '1 node' : `${errors.length} nodes`;
  row('support', `${library} ${supported ? 'takes the whole model' : `refuses ${errors.length > 0 ? refused : 'it'}`}`);
  for (const { node, operator, description } of errors)
    row('', `${operator || 'model'} ${node}: ${description.trim()}`);
}

async function showDifferences(left: string, right: string, flags: Flags): Promise<void> {
  const [a, b] = await Promise.all([engineAt(left), engineAt(right)]);
  const { compareEngines } = await import('../engine/compare-engines.js');
  const differences = compareEngines(a, b);
  if (flags.json) return printJson({ left, right, differences });
  for (const side of [a, b]) {
    if (side.manifest === null) row('', `${side.path} has no manifest: only the plans are compared`);
  }
  if (differences.length === 0) print('no difference');
  for (const { path, left: was, right: is } of differences) print(`${path}: ${shown(was)} | ${shown(is)}`);
}

async function engineAt(path: string): Promise<EngineInspection> {
  const inspection = await inspectFile(path);
  if (inspection.kind === 'engine') return inspection;
  throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${path} is a model: two engines can be compared`);
}

function shown(value: unknown): string {
  if (value === undefined) return '–';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function reportModel(model: ModelInspection): void {
  const opsets = model.opsets.map(({ domain, version }) =>
    domain === 'ai.onnx' ? `${version}` : `${domain} ${version}`,
  );
  row('model', `${model.path} (${formatBytes(model.bytes)})`);
  row('graph', `${model.graph || 'no name'}, IR version ${model.irVersion}, opset ${opsets.join(', ')}`);
  if (model.producer !== '') row('producer', model.producer);
  rows('inputs', model.inputs.map(describeValue));
  rows('outputs', model.outputs.map(describeValue));
  row('types', model.elementTypes.join(', ') || 'none');
  row('weights', `${model.parameters.toLocaleString('en')} parameters, ${formatBytes(model.weightBytes)}`);
  const files = model.externalFiles.map(({ location, bytes }) => `${location} (${formatBytes(bytes)})`);
  if (files.length > 0) rows('external data', files);
  if (model.functions > 0) row('functions', String(model.functions));
  row('nodes', String(model.nodes));
  const operators = Object.entries(model.operators);
  const width = Math.max(0, ...operators.map(([, count]) => String(count).length));
  for (const [name, count] of operators.slice(0, OPERATORS_SHOWN)) row('', `${String(count).padStart(width)} ${name}`);
  const rest = operators.length - OPERATORS_SHOWN;
  if (rest > 0) row('', `and ${rest} more operators (--json shows all)`);
}

function reportEngine({
  path,
  product,
  version,
  serializationVersion,
  bytes,
  sha256,
  manifest,
}: EngineInspection): void {
  row('engine', `${path} (${formatBytes(bytes)})`);
  row('built by', `${TITLES[product]} ${version}, plan format ${serializationVersion}`);
  row('sha256', sha256);
  if (manifest === null) row('manifest', 'none: another program built this engine');
  else reportManifest(manifest);
}

function reportManifest(manifest: Manifest): void {
  const { model, targets, platform, options } = manifest;
  row('model', `${model.name ?? 'given as bytes'} (${formatBytes(model.bytes)}, sha256 ${model.sha256.slice(0, 12)}…)`);
  row('runs on', `${targets.architectures.join(', ')}${targets.andLater ? ' and later' : ''}`);
  rows('inputs', manifest.inputs.map(describeValue));
  rows('outputs', manifest.outputs.map(describeValue));
  manifest.profiles.forEach((profile, i) => {
    rows(
      `profile ${i}`,
      Object.entries(profile).map(([name, entry]) => `${name}: ${describeEntry(entry)}`),
    );
  });
  const settings = Object.entries(options.resolved).map(([name, value]) => `${name} ${[value].flat().join(', ')}`);
  if (settings.length > 0) rows('options', settings);
  row('built', `${manifest.created} on ${platform.os}-${platform.arch} in ${manifest.seconds.toFixed(2)} s`);
  row('', `with enginery ${manifest.enginery}`);
  if (manifest.warnings.length > 0) rows('warnings', manifest.warnings);
}

const TITLES = { 'tensorrt-rtx': 'TensorRT-RTX', tensorrt: 'TensorRT' } as const;

function describeValue(value: ValueInfo | ManifestValue): string {
  const type = value.type ?? 'unknown type';
  const kind = 'kind' in value && value.kind !== 'tensor' ? `${value.kind} of ` : '';
  const shape = value.dims === null ? '' : ` [${value.dims.map((dim) => dim ?? '?').join(', ')}]`;
  return `${value.name}: ${kind}${type}${shape}${'shapeTensor' in value && value.shapeTensor ? ', shape tensor' : ''}`;
}

function describeEntry(entry: ProfileEntry): string {
  return 'values' in entry ? `values ${describeRange(entry.values)}` : describeRange(entry);
}

/** trtexec writes shapes like this. */
function describeRange({ min, opt, max }: ShapeRange): string {
  return `min ${min.join('x')}, opt ${opt.join('x')}, max ${max.join('x')}`;
}
