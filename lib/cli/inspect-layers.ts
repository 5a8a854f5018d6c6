/** `enginery inspect --engine`: the layers of an engine, as TensorRT describes them. */

import { createSession } from '../session/create-session.js';
import { note, print } from './output.js';
import { row } from './rows.js';
import { sayBackend } from './say-backend.js';
import { type SessionFlags, sessionOptionsOf } from './session-options.js';

/** What the options say of how the engine is loaded and shown. */
export interface LayerFlags extends Pick<SessionFlags, 'device' | 'trustPlans'> {
  readonly json?: true;
}

/** What we read of TensorRT's JSON: a layer is a name, or an object where the engine was built with detailed verbosity. */
interface EngineInformation {
  readonly Layers?: readonly (string | { readonly Name?: string; readonly LayerType?: string })[];
}

/** Loads the engine, as it is, and prints its layers. */
export async function showLayers(file: string, flags: LayerFlags): Promise<void> {
  const options = { ...sessionOptionsOf(flags), maxConcurrent: 1, engine: { build: 'never' } } as const;
  const session = await createSession(file, { ...options, backend: 'gpu' });
  try {
    sayBackend(session);
    const json = await session.layerInfo();
    if (flags.json) print(json.trimEnd());
    else report(JSON.parse(json) as EngineInformation);
  } finally {
    await session.dispose();
  }
}

function report({ Layers: layers = [] }: EngineInformation): void {
  row('layers', String(layers.length));
  const named = layers.map((layer) => (typeof layer === 'string' ? { Name: layer } : layer));
  const width = Math.max(0, ...named.map(({ Name = '' }) => Name.length));
  for (const { Name = '', LayerType = '' } of named) row('', `${Name.padEnd(width)}  ${LayerType}`);
  if (!layers.some((layer) => typeof layer === 'object')) {
    note('An engine built with --profilingVerbosity=detailed tells more than names.');
  }
}
