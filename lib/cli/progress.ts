/** Progress of long work, on stderr: a bar where someone is watching, plain lines elsewhere (a log file, CI). */

import type { SingleBar } from 'cli-progress';
import { note } from './output.js';

/** What a command reports of its work. */
export interface ProgressView {
  /** @param fraction 0 to 1, never falling; @param text what is being done now */
  update(fraction: number, text: string): void;
  /** Removes the bar: call it before printing anything else, and when the work is over, however it ended. */
  stop(): void;
}

/** Plain lines: one when the text changes or another tenth is done, but not more than this often. */
const LINE_INTERVAL_MS = 1000;

/**
 * Starts showing progress.
 *
 * @param label what the work is, `digits.onnx → digits.engine`
 */
export async function showProgress(label: string): Promise<ProgressView> {
  return process.stderr.isTTY ? bar(label) : lines(label);
}

async function bar(label: string): Promise<ProgressView> {
  const { default: cliProgress } = await import('cli-progress');
  const single: SingleBar = new cliProgress.SingleBar({
    format: `${label}  {bar}  {percentage}%  {text}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
    fps: 15,
  });
  single.start(1, 0, { text: '' });
  return {
    update: (fraction, text) => single.update(fraction, { text }),
    stop: () => single.stop(),
  };
}

function lines(label: string): ProgressView {
  let shown = '';
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(fraction, text) {
      const line = `${label}: ${Math.floor(fraction * 10) * 10}% ${text}`;
      const now = performance.now();
      if (line === shown || now - last < LINE_INTERVAL_MS) return;
      shown = line;
      last = now;
      note(line);
    },
    stop() {},
  };
}
