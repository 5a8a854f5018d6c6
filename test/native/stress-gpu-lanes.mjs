/** One thread's part of a round of stress-gpu.mjs: random runs, several at a time, of sessions that threads share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { attachSession, EngineryError, ERROR_CODES } from '../../dist/index.js';
import { seededRandom } from '../../dist/stats/random.js';
import { newCounts, randomRuns } from '../soak/random-run.mjs';
import { GPU_MODELS } from './stress-gpu-models.mjs';

const LANES = 6;

/** The code of an error of ours, wherever it is in the chain of causes; undefined where there is none. */
export function codeOf(error) {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each.name === 'AbortError') return 'AbortError';
    if (each instanceof EngineryError) return ERROR_CODES.includes(each.code) ? each.code : undefined;
  }
  return undefined;
}

/**
 * Begins.
 *
 * @param sessions - Each `{ handle, model, device }`.
 * @param tolerated - Codes that runs may end with, besides those that they provoke.
 * @param disposes - Lets go of sessions at any time.
 * @returns a function that stops and gives what came of the runs: `counts`, and `lost`, the devices of which that was said
 */
export async function beginLanes({ sessions, known, seed, tolerated, disposes }) {
  const random = seededRandom(seed);
  const attached = await Promise.all(sessions.map(async (it) => ({ ...it, session: await attachSession(it.handle) })));
  const counts = { ...newCounts(), tolerated: 0 };
  const lost = new Set();
  let stopped = false;

  /** Keeps to one device, whose loss its errors tell of, and there to one session of a model. */
  async function lane(number) {
    const own = seededRandom(seed + number);
    const { device } = attached[Math.floor(own() * attached.length)];
    const chosen = attached.filter((it) => it.device === device).map(({ model, session }) => [own(), model, session]);
    const mine = Object.fromEntries(chosen.sort(([a], [b]) => a - b).map(([, model, session]) => [model, session]));
    const run = randomRuns({ models: GPU_MODELS, sessions: mine, known, random: own, counts });
    while (!stopped) {
      try {
        await run();
      } catch (error) {
        const code = codeOf(error);
        if (!tolerated.includes(code)) throw error;
        if (code === 'ENGINERY_DEVICE_LOST') lost.add(device);
        counts.tolerated += 1;
        await sleep(1); // else it would keep the processor busy with that
      }
    }
  }

  async function disposeOf({ session }) {
    if (disposes) await sleep(200 * random());
    else await finished;
    await session.dispose({ cancel: random() < 0.5 });
  }

  const finished = Promise.all(Array.from({ length: LANES }, (_, number) => lane(number + 1)));
  const disposed = Promise.all(attached.map(disposeOf));
  disposed.catch(() => {}); // is waited for below
  return async () => {
    stopped = true;
    await finished;
    await disposed;
    return { counts, lost: [...lost] };
  };
}
