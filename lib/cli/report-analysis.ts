/** What `enginery inspect` says to people of a model's analysis. */

import type { AnalyzedNode, Finding, ModelAnalysis, PrecisionShare } from '../analysis/analyze-model.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { formatBytes } from './output.js';
import { row, rows } from './rows.js';

/** Nodes shown, those with most multiply-accumulates first; `--json` has all. */
const NODES_SHOWN = 5;
/** Names shown in a list. */
const NAMES_SHOWN = 3;

/** Prints costs, types, weights and findings. */
export function reportAnalysis(analysis: ModelAnalysis, inputs: readonly ValueInfo[]): void {
  const { assumed, open, macs, unknownNodes, peakBytes, precision, sparsity, duplicates } = analysis;
  const batch = assumed.length === 0 ? '' : ` at ${assumed.map((dim) => `${dim} = 1`).join(', ')}`;
  const more = unknownNodes === 0 ? '' : `, and those of ${count(unknownNodes, 'node')} that are not known`;
  row('MACs', `${compact(macs)}${batch}${more}`);
  row('activations', peakBytes === null ? 'of unknown size' : `${formatBytes(peakBytes)} at a time at most`);
  if (open.length > 0) row('', `give sizes with --shapes=${inputs.map(shapeOption).join(',')}`);
  // A part of the costs would show the wrong nodes on top.
  if (unknownNodes === 0) reportCostliest(analysis.nodes);
  rows(
    'precision',
    precision.map((share) => describeShare(share, unknownNodes === 0 ? macs : 0)),
  );
  const pattern = sparsity.structured.length === 0 ? '' : `: ${listed(sparsity.structured)}`;
  row('sparsity', `${sparsity.structured.length} of ${count(sparsity.of, 'weight')} in the 2:4 pattern${pattern}`);
  rows(
    'duplicates',
    duplicates.map(({ names, bytes }) => `${listed(names)} (${formatBytes(bytes)} each)`),
  );
  for (const level of ['refused', 'caution'] as const) {
    const found = groupFindings(analysis.findings.filter((finding) => finding.level === level));
    if (found.length > 0) rows(level, found);
  }
}

function reportCostliest(nodes: readonly AnalyzedNode[]): void {
  const costly = nodes.filter(({ macs }) => macs !== null && macs > 0);
  costly.sort((a, b) => (b.macs ?? 0) - (a.macs ?? 0));
  const cells = costly
    .slice(0, NODES_SHOWN)
    .map(({ macs, outputBytes, weightBytes, operator, name, outputs }) => [
      compact(macs ?? 0),
      outputBytes === null ? '?' : formatBytes(outputBytes),
      formatBytes(weightBytes),
      `${operator} ${name || (outputs[0]?.name ?? '')}`,
    ]);
  if (cells.length === 0) return;
  const table = [['MACs', 'outputs', 'weights', 'node'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  rows(
    'costliest',
    table.map((line) => line.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')),
  );
}

/** `x:1x3x?x?`: as `--shapes` takes it, but for what is to be filled in. */
function shapeOption({ name, dims }: ValueInfo): string {
  const sizes = dims?.map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? 1 : '?'));
  return `${name}:${sizes?.join('x') ?? '?'}`;
}

function describeShare({ type, weightType, nodes, macs }: PrecisionShare, all: number): string {
  const weights = weightType === null ? '' : ` with ${weightType} weights`;
  const share = all === 0 || macs === 0 ? '' : `, ${((100 * macs) / all).toFixed(1)} % of the MACs`;
  return `${type ?? 'unknown type'}${weights}: ${count(nodes, 'node')}${share}`;
}

/** One line for each subject and message, with the names of the nodes. */
function groupFindings(findings: readonly Finding[]): string[] {
  const groups = new Map<string, { finding: Finding; nodes: string[] }>();
  for (const finding of findings) {
    const key = `${finding.subject}\n${finding.message}`;
    const group = groups.get(key) ?? { finding, nodes: [] };
    if (finding.node !== '') group.nodes.push(finding.node);
    groups.set(key, group);
  }
  return [...groups.values()].map(
    ({ finding, nodes }) => `${finding.subject}${nodes.length === 0 ? '' : ` (${listed(nodes)})`}: ${finding.message}`,
  );
}

function listed(names: readonly string[]): string {
  const rest = names.length - NAMES_SHOWN;
  return names.slice(0, NAMES_SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `3.04 M`. */
function compact(number: number): string {
  const units = ['', ' k', ' M', ' G', ' T', ' P'];
  const unit = Math.min(Math.floor(Math.log10(Math.max(number, 1)) / 3), units.length - 1);
  return unit === 0 ? String(number) : `${(number / 1000 ** unit).toPrecision(3)}${units[unit]}`;
}
