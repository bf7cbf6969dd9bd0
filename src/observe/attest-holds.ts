import type { Frames } from './frames.ts';
import { readKeyed } from './keyed.ts';
import { unknown, value, type Observation } from './observation.ts';
import type { Probe } from './probe.ts';

/**
 * Why a host differs from its playbook on purpose. It is a file of the host, /var/lib/confine/holds/ID, of lines
 * `key<TAB>value`: `version` (1; left out, it is 1), `kind` (rollout, relax or audit), `who`, `why`, `since`
 * and `until`, both in seconds since the epoch by the host's clock. Without `until` it has no end. What it
 * holds are lines too, each as often as needed: `mechanism` for people, and for plans `file` and `profile`.
 */
export interface Hold {
  readonly id: string;
  readonly kind: string;
  readonly who: string;
  readonly why: string;
  readonly since: number;
  readonly until: number | undefined;
  /** In words, as `confine relax` takes them. */
  readonly mechanisms: readonly string[];
  /** Paths that stay as they are while it lasts. */
  readonly files: readonly string[];
  /** Profiles that keep the mode that the kernel has. */
  readonly profiles: readonly string[];
}

/** Asks for all holds of a host; none is an empty list. */
export const holdsProbe: Probe<readonly Hold[]> = {
  key: 'holds',
  needs: ['observe/attest-holds.observe.sh'],
  ask: (key) => `observe_holds ${key}`,
  parse: parseHolds,
};

function parseHolds(frames: Frames, key: string): Observation<readonly Hold[]> {
  if (frames.text(`${key} asked`) === undefined) return unknown('the host did not answer');
  const prefix = `${key} hold `;
  const holds: Hold[] = [];
  for (const frame of frames.keys(prefix)) {
    const id = frame.slice(prefix.length);
    const hold = parseHold(id, frames.text(frame) ?? '');
    // One that can't be read may hold anything, so it is not left out.
    if (!hold) return unknown(`/var/lib/confine/holds/${id} is not in a format that this version reads`);
    holds.push(hold);
  }
  return value(holds);
}

/** Reads one hold; undefined where its format is another one. */
export function parseHold(id: string, text: string): Hold | undefined {
  const { of, all } = readKeyed(text);
  const [kind, since, until] = [of.get('kind'), of.get('since') ?? '', of.get('until') ?? ''];
  if ((of.get('version') ?? '1') !== '1' || !kind || !/^\d+$/.test(since) || !/^\d*$/.test(until))
    return undefined;
  return {
    id,
    kind,
    who: of.get('who') ?? '',
    why: of.get('why') ?? '',
    since: Number(since),
    until: until === '' ? undefined : Number(until),
    mechanisms: all('mechanism'),
    files: all('file'),
    profiles: all('profile'),
  };
}
