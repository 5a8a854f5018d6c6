import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The XDG specification ignores relative values, and so do we. */
function baseFolder(variable: string, fallback: string): string {
  const value = process.env[variable];
  return value !== undefined && isAbsolute(value) ? value : join(homedir(), fallback);
}

/** Where `enginery setup` puts libraries: `$XDG_DATA_HOME/enginery`, else `~/.local/share/enginery`. */
export function dataFolder(): string {
  return join(baseFolder('XDG_DATA_HOME', '.local/share'), 'enginery');
}

/** What can be deleted at any time: `$XDG_CACHE_HOME/enginery`, else `~/.cache/enginery`. */
export function cacheFolder(): string {
  return join(baseFolder('XDG_CACHE_HOME', '.cache'), 'enginery');
}
