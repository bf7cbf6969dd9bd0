import type { UnitName } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { askAbout, asked, type AskedUnit } from '../observe/named-unit.ts';
import { absent, unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';

/** A zone that named serves with authority. */
export interface Zone {
  readonly name: string;
  readonly role: 'primary' | 'secondary';
  /** Names and, where the host could resolve them, addresses of its NS records. */
  readonly servers: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/** Whom the zones of a host belong to besides it. */
export interface Served {
  readonly zones: readonly Zone[];
  /** Addresses that named listens on. */
  readonly addresses: readonly string[];
}

/** Asks the named of a unit for its zones and their NS sets; absent where none runs. */
export function servedProbe(unit: UnitName | AskedUnit): Probe<Served> {
  const of = asked(unit);
  return {
    key: `served:${of.key}`,
    needs: [...of.needs, 'bind/start.sh', 'bind/health.sh', 'bind/served.observe.sh'],
    gather: of.gather,
    ask: (key) => askAbout(of, `observe_served ${key}`),
    parse: (frames, key): Observation<Served> => {
      const unread = frames.text(`${key} unread`);
      if (unread !== undefined) return unknown(unread.trim());
      return frames.text(`${key} zones`) === undefined ? absent : value(parseServed(frames, key));
    },
  };
}

/** Reads what the shell function `served` says. */
export function parseServed(frames: Frames, key: string): Served {
  const lines = (name: string): readonly string[] =>
    (frames.text(`${key} ${name}`) ?? '').split('\n').filter(Boolean);
  return {
    zones: zonesIn(lines('zones'), lines('servers'), lines('names')),
    addresses: addressesIn(lines('listeners')),
  };
}

/** A name without its last dot, in lower case; addresses, and the root, stay as they are. */
export const plain = (name: string): string => name.toLowerCase().replace(/(?<=.)\.$/, '');

/** Those that others know, too: a zone whose servers are all called localhost is each host's own (RFC 6303). */
function zonesIn(
  loaded: readonly string[],
  servers: readonly string[],
  names: readonly string[],
): readonly Zone[] {
  // A server may have zones by the ten thousand.
  const [serversOf, addressesOf] = [valuesOf(servers), valuesOf(names)];
  const of = new Map<string, Zone>();
  for (const line of loaded) {
    const [full = '', type] = line.split(' ');
    const name = plain(full);
    const set = (serversOf.get(name) ?? []).map(plain);
    if (set.length > 0 && set.every((it) => it === 'localhost')) continue;
    of.set(name, {
      name,
      role: type === 'primary' || type === 'master' ? 'primary' : 'secondary',
      servers: [...new Set(set)].map((server) => ({
        name: server,
        addresses: addressesOf.get(server) ?? [],
      })),
    });
  }
  return [...of.values()];
}

/** What stands behind each name, in lines of a name and a value. */
function valuesOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const of = new Map<string, string[]>();
  for (const line of lines) {
    const [name = '', value = ''] = line.split(' ');
    const known = of.get(plain(name));
    if (known) known.push(value);
    else of.set(plain(name), [value]);
  }
  return of;
}

/** Addresses of `udp 192.0.2.1:53`, without those by which no other host asks. */
function addressesIn(listeners: readonly string[]): readonly string[] {
  const all = listeners.flatMap((line) => {
    const [, address] = /^\w+ \[?([^\]\s]+?)\]?:53$/.exec(line) ?? [];
    return address === undefined ? [] : [address.replace(/%.*$/, '')];
  });
  return [...new Set(all)].filter((it) => !/^(127\.|::1$)/.test(it));
}
