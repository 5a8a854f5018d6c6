/** One run of a session, of whatever kind, that must come to what it has to. */
import { setImmediate as turn } from 'node:timers/promises';
import { checkValues, MODELS } from './soak-models.mjs';

const FEW = 4;
const WAYS = ['run', 'run', 'run', 'runRows', 'runRows', 'borrow', 'targets'];
const ENDINGS = ['aborted before', 'aborted at once', 'aborted soon', 'timeout'];

/** How many runs are not let to their end, are wrong, and have many rows. */
const STOPPED = 0.2;
const WRONG = 0.05;
const MANY = 0.02;

const oneOf = (items, random) => items[Math.floor(random() * items.length)];
const changed = (feeds, change) =>
  Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, { ...tensor, ...change }]));

/** Wrong feeds and options, each made of right ones, with the code of the error. */
const MISTAKES = [
  () => ({ feeds: {}, code: 'ENGINERY_INVALID_FEED' }),
  (feeds) => ({ feeds: { ...feeds, more: Object.values(feeds)[0] }, code: 'ENGINERY_INVALID_FEED' }),
  (feeds) => ({ feeds: changed(feeds, { type: 'uint8' }), code: 'ENGINERY_INVALID_FEED' }),
  (feeds) => ({ feeds: changed(feeds, { dims: [7, 7, 7] }), code: 'ENGINERY_INVALID_FEED' }),
  (feeds) => ({ feeds, options: { borrow: true }, code: 'ENGINERY_NOT_BORROWABLE' }),
  (feeds) => ({ feeds, options: { outputs: ['nothing'] }, code: 'ENGINERY_INVALID_ARGUMENT' }),
];

/** What runs come to. `failed` are those that the sessions count as errors: the rest of the refused never began. */
export const newCounts = () => ({ right: 0, aborted: 0, timedOut: 0, refused: 0, failed: 0 });

/**
 * Makes a function that does a run. Random numbers decide everything about it but how far it has come when it is stopped.
 *
 * @param sessions - By the names of `models`, which may have more.
 * @param known - Images and their logits.
 * @param counts - Of {@link newCounts}; a run adds itself.
 */
export function randomRuns({ models = MODELS, sessions, known, random, counts }) {
  const lent = new Map();

  /** Memory of the session: mostly what an earlier run had, as services do, and now and then new. */
  function lend(session, what, type, dims) {
    const key = `${what} ${dims}`;
    if (!lent.has(key) || random() < 0.1) lent.set(key, session.allocateTensor(type, dims));
    return lent.get(key);
  }

  function borrowed(session, feeds) {
    return Object.fromEntries(
      Object.entries(feeds).map(([name, { type, dims, data }]) => {
        const tensor = lend(session, name, type, dims);
        tensor.data.set(data);
        return [name, tensor];
      }),
    );
  }

  /** For one of the outputs. `extra` rows are too many. */
  function target(session, { feeds, outputs }, rows, extra = 0) {
    const name = oneOf(Object.keys(outputs), random);
    const tensor = lend(session, `output ${name}`, Object.values(feeds)[0].type, [
      rows + extra,
      outputs[name].length / rows,
    ]);
    return {
      name,
      tensor,
      outputs: { ...Object.fromEntries(Object.keys(outputs).map((it) => [it, null])), [name]: tensor },
    };
  }

  async function refused(model, name) {
    const session = sessions[name];
    const rows = 1 + Math.floor(random() * FEW);
    const good = model.make(rows, random, known);
    // Of this it turns out only in the run, as the model does not say how many rows there will be.
    const late = (model.ways ?? WAYS).includes('targets') && random() < 0.2;
    const { feeds, options, code } = late
      ? { ...good, options: { outputs: target(session, good, rows, 1).outputs }, code: 'ENGINERY_INVALID_ARGUMENT' }
      : oneOf(MISTAKES, random)(good.feeds);
    const error = await session.run(feeds, options).then(
      () => new Error('a wrong run gave a result'),
      (reason) => reason,
    );
    if (error.code !== code) throw new Error(`expected ${code}`, { cause: error });
    counts.refused += 1;
    if (late) counts.failed += 1;
  }

  /** Starts a run; `check` looks at what it gives. */
  function begin(way, session, model, options) {
    const rows = random() < MANY ? model.many : 1 + Math.floor(random() * FEW);
    if (way === 'runRows') {
      const parts = Array.from({ length: 1 + Math.floor(random() * FEW) }, () => model.make(rows, random, known));
      const running = session.runRows(
        parts.map(({ feeds }) => feeds),
        options,
      );
      return {
        running,
        check(results) {
          for (const [i, { outputs }] of parts.entries()) checkAll(results[i], outputs);
        },
      };
    }
    const one = model.make(rows, random, known);
    const into = way === 'targets' ? target(session, one, rows) : undefined;
    const borrow = way === 'borrow' || (into !== undefined && random() < 0.5);
    const feeds = borrow ? borrowed(session, one.feeds) : one.feeds;
    const running = session.run(feeds, { ...options, borrow, outputs: into?.outputs });
    return {
      running,
      check(results) {
        checkAll(results, one.outputs);
        if (into && results[into.name] !== into.tensor) throw new Error(`${into.name} is not in its target`);
      },
    };
  }

  async function stopped(ending, way, session, model) {
    const controller = new AbortController();
    const reason = new Error('planned');
    if (ending === 'aborted before') controller.abort(reason);
    const timeout = ending === 'timeout' ? 1 + 2 * random() : undefined;
    const { running, check } = begin(way, session, model, { signal: controller.signal, timeout });
    const outcome = running.then(
      (results) => ({ results }),
      (error) => ({ error }),
    );
    if (ending === 'aborted soon') for (let turns = random() * 4; turns > 0; turns--) await turn();
    if (ending.startsWith('aborted')) controller.abort(reason);
    const { results, error } = await outcome;
    if (error === undefined && ending !== 'aborted before') {
      check(results);
      counts.right += 1;
    } else if (ending === 'timeout' ? error.name === 'TimeoutError' : error === reason) {
      counts[ending === 'timeout' ? 'timedOut' : 'aborted'] += 1;
      if (ending !== 'aborted before') counts.failed += 1;
    } else {
      throw new Error(`${ending}, and another outcome`, { cause: error });
    }
  }

  return async () => {
    const name = oneOf(Object.keys(sessions), random);
    const model = models[name];
    const way = oneOf(model.ways ?? WAYS, random);
    const choice = random();
    let what = way;
    try {
      if (choice < WRONG) {
        what = 'with a mistake';
        await refused(model, name);
      } else if (choice < WRONG + STOPPED) {
        const ending = oneOf(ENDINGS, random);
        what = `${way}, ${ending}`;
        await stopped(ending, way, sessions[name], model);
      } else {
        const { running, check } = begin(way, sessions[name], model, {});
        check(await running);
        counts.right += 1;
      }
    } catch (error) {
      throw new Error(`A run of ${name} (${what})`, { cause: error });
    }
  };
}

function checkAll(results, outputs) {
  for (const [name, values] of Object.entries(outputs)) checkValues(results[name], values, name);
}
