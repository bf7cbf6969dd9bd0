import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Where the lab keeps things on this machine. */
export interface LabPaths {
  /** Short name of this lab, to tell its interfaces and sockets from another's. */
  readonly id: string;
  /** The hosts that are up: lab.json, inventory.yml, known_hosts, and a folder for each. */
  readonly state: string;
  /** Images and saved states, shared by all labs of this user. */
  readonly cache: string;
  /** Sockets; a socket's path has to be short. */
  readonly run: string;
  readonly registry: string;
  readonly inventory: string;
  readonly knownHosts: string;
  /** The private key that opens every host of this lab. */
  readonly key: string;
  readonly host: (name: string) => string;
}

/** Decides the folders from the environment: CONFINE_LAB_DIR and CONFINE_LAB_CACHE, then XDG, then HOME. */
export function labPaths(env: Readonly<Record<string, string | undefined>> = process.env): LabPaths {
  const home = env['HOME'] || homedir();
  const state = resolve(
    env['CONFINE_LAB_DIR'] || join(xdg(env['XDG_STATE_HOME'], home, '.local/state'), 'confine/lab'),
  );
  const cache = resolve(
    env['CONFINE_LAB_CACHE'] || join(xdg(env['XDG_CACHE_HOME'], home, '.cache'), 'confine/lab'),
  );
  const id = createHash('sha256').update(state).digest('hex').slice(0, 8);
  return {
    id,
    state,
    cache,
    run: `/run/confine-lab/${id}`,
    registry: join(state, 'lab.json'),
    inventory: join(state, 'inventory.yml'),
    knownHosts: join(state, 'known_hosts'),
    key: join(state, 'id_ed25519'),
    host: (name) => join(state, 'hosts', name),
  };
}

/** The XDG specification has relative paths ignored. */
function xdg(value: string | undefined, home: string, fallback: string): string {
  return value && isAbsolute(value) ? value : join(home, fallback);
}
