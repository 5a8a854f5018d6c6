// `npm run quickstart`: from nothing to an engine and classified digits, with the commands a user would type.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const CLI = path.join(ROOT, 'dist', 'cli', 'main.js');
const MODEL = 'examples/digits/digits.onnx';
const SAMPLES = ['7-0', '2-1', '9-7', '5-8'].map((name) => `--input image=examples/digits/samples/${name}.png`);

/** What is typed, a line of the terminal each. */
const SETUP = ['setup tensorrt-rtx'];
const BUILD = [
  `build ${MODEL} --saveEngine digits.engine`,
  '--minShapes image:1x1x28x28 --optShapes image:8x1x28x28 --maxShapes image:32x1x28x28',
];
const INSPECT = ['inspect digits.engine'];
const RUN = [`run ${MODEL} --top 3`, ...SAMPLES];

function say(text) {
  process.stderr.write(`\n${text}\n`);
}

/** Shows a command and runs it; gives its exit code. */
function enginery(lines) {
  say(`$ npx enginery ${lines.join(' \\\n    ')}`);
  const { status, error } = spawnSync(process.execPath, [CLI, ...lines.join(' ').split(' ')], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (error) throw error;
  return status ?? 1;
}

function quickstart() {
  if (!existsSync(CLI)) {
    say('The package is not built yet. Run: npm ci');
    return 1;
  }
  const obtained = enginery(SETUP);
  if (obtained === INTERRUPTED) return obtained;
  if (obtained !== 0) {
    say('TensorRT-RTX could not be obtained (see above), so no engine is built. The model runs all the same:');
    enginery(RUN);
    return obtained;
  }
  for (const lines of [BUILD, INSPECT, RUN]) {
    const code = enginery(lines);
    if (code !== 0) return code;
  }
  return 0;
}

// Ctrl-C reaches the command too, which cleans up and ends with this code; waiting for it is all that is left to do here.
const INTERRUPTED = 130;
process.on('SIGINT', () => {});

process.exitCode = quickstart();
