/**
 * A worker of session-runs.mjs: attaches to the sessions and does its share of the runs, several at a time. Tells its counts
 * and those of the sessions after the first half, waits for the word, and tells them again at the end.
 */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { attachSession } from '../../dist/index.js';
import { seededRandom } from '../../dist/stats/random.js';
import { newCounts, randomRuns } from './random-run.mjs';
import { collectGarbage } from './resident-memory.mjs';

const { handles, known, seed, runs, lanes, progress } = workerData;
const sessions = {};
for (const [name, handle] of Object.entries(handles)) sessions[name] = await attachSession(handle);
const counts = newCounts();
const all = Array.from({ length: lanes }, (_, lane) =>
  randomRuns({ sessions, known, random: seededRandom(seed + lane), counts }),
);

async function half() {
  const perLane = runs / 2 / lanes;
  await Promise.all(
    all.map(async (run) => {
      for (let i = 0; i < perLane; i++) {
        await run();
        Atomics.add(progress, 0, 1);
      }
    }),
  );
  await collectGarbage();
  const stats = Object.values(sessions).map((session) => session.stats());
  parentPort.postMessage({ counts, stats });
}

await half();
await once(parentPort, 'message');
await half();
await once(parentPort, 'message');
await Promise.all(Object.values(sessions).map((session) => session.dispose()));
parentPort.close();
