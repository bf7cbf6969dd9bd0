import { plain, type Zone } from '../bind/served.ts';
import type { HostName } from '../brand.ts';
import type { Availability, RolloutSight, RolloutSpec } from './types.ts';

/** A host as a server of zones: what it tells of them, where it could be asked. */
export interface ZoneHost extends Availability {
  readonly host: HostName;
  readonly sight:
    | { readonly is: 'seen'; readonly sight: Pick<RolloutSight, 'zones' | 'addresses'> }
    | { readonly is: 'unreachable' };
}

/** A name of a zone's NS set, and who answers under it. */
export interface Server {
  readonly name: string;
  readonly is:
    /** Several of them: an anycast address or name. */
    | { readonly is: 'ours'; readonly hosts: readonly HostName[] }
    /** Named in `foreign_ns`: confine does not change it. */
    | { readonly is: 'foreign' }
    /** Nobody says whose it is, so it is not relied on. */
    | { readonly is: 'unmatched' };
}

/** A zone with the servers of its NS set, as all hosts that serve it tell. */
export interface ServedZone {
  readonly name: string;
  readonly servers: readonly Server[];
  /** The hosts behind them, each once. */
  readonly hosts: readonly HostName[];
  /** How many of them may be in change or watch at once. */
  readonly limit: number;
}

/**
 * The zones of all hosts, with their NS sets matched to hosts by name or address. A zone whose servers are all
 * `localhost` (RFC 6303, Debian's named.conf.default-zones) is of its own host alone, and left out.
 */
export function servedZones(
  { maxUnavailable }: Pick<RolloutSpec, 'maxUnavailable'>,
  hosts: readonly ZoneHost[],
): readonly ServedZone[] {
  const known = index(hosts);
  const foreign = new Set(hosts.flatMap((it) => it.foreign.map(plain)));
  const limits = new Map(hosts.map((it) => [it.host, it.maxUnavailable]));
  return [...nsSets(hosts)].map(([name, servers]) => {
    const matched = [...servers].map(([server, addresses]): Server => {
      const ours = new Set([server, ...addresses].flatMap((one) => [...(known.get(one) ?? [])]));
      if (ours.size > 0) return { name: server, is: { is: 'ours', hosts: [...ours] } };
      return { name: server, is: { is: foreign.has(server) ? 'foreign' : 'unmatched' } };
    });
    const own = [...new Set(matched.flatMap(({ is }) => (is.is === 'ours' ? is.hosts : [])))];
    const limit = Math.min(maxUnavailable ?? Infinity, ...own.map((host) => limits.get(host) ?? 1));
    return { name, servers: matched, hosts: own, limit };
  });
}

/** Keeps count of who is not available, zone by zone. */
export interface Budget {
  /** Why this host may not leave its zones now; undefined where it may. */
  against(host: HostName): string | undefined;
  /** Counts a host as not available. */
  take(host: HostName): void;
  /** Counts it as available again. */
  free(host: HostName): void;
}

/**
 * How many more servers each zone can spare. Each host behind an anycast name counts by itself, and what could not be
 * matched counts as not available.
 * @param busy hosts in change or watch, and those that can't be relied on: unreachable, or without a running named
 */
export function budget(zones: readonly ServedZone[], busy: Iterable<HostName>): Budget {
  const taken = new Set(busy);
  const of = new Map<HostName, ServedZone[]>();
  for (const zone of zones)
    for (const host of zone.hosts) {
      const own = of.get(host) ?? [];
      own.push(zone);
      of.set(host, own);
    }
  return {
    take: (host) => void taken.add(host),
    free: (host) => void taken.delete(host),
    against: (host) => {
      for (const zone of of.get(host) ?? []) {
        const unmatched = zone.servers.filter(({ is }) => is.is === 'unmatched').map(({ name }) => name);
        const away = zone.hosts.filter((it) => it !== host && taken.has(it));
        if (away.length + unmatched.length + 1 <= zone.limit) continue;
        return shortage(zone, away, unmatched);
      }
      return undefined;
    },
  };
}

function shortage(
  { name, servers, limit }: ServedZone,
  away: readonly HostName[],
  unmatched: readonly string[],
): string {
  const anycast = servers.flatMap((it) =>
    it.is.is === 'ours' && it.is.hosts.length > 1 ? [`${it.name} is anycast`] : [],
  );
  const why = [
    ...away,
    ...unmatched.map((it) => `${it} (no host is known under it: name it in ns_names or foreign_ns)`),
  ];
  const note = anycast.length > 0 ? `; ${anycast.join(', ')}` : '';
  return `zone ${name} can spare ${limit} of its servers at once, and not available are ${why.join(', ')}${note}`;
}

const isLocal = ({ servers }: Zone): boolean =>
  servers.length > 0 && servers.every(({ name }) => plain(name) === 'localhost');

/** Why it can't be told whom a host would be missed by; undefined where all of its zones and their NS sets are known. */
export function untold({ zones }: Pick<RolloutSight, 'zones'>): string | undefined {
  if (zones.is !== 'value')
    return `its zones are not known${zones.is === 'unknown' ? `: ${zones.reason}` : ''}`;
  const zone = zones.value.find((it) => it.servers.length === 0);
  return zone && `the NS set of zone ${zone.name} is not known`;
}

/** Whether it is a primary of a zone that has servers besides it. */
export const isPrimary = ({ zones }: Pick<RolloutSight, 'zones'>): boolean =>
  zones.is === 'value' && zones.value.some((it) => it.role === 'primary' && !isLocal(it));

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

function nsSets(hosts: readonly ZoneHost[]): ReadonlyMap<string, ReadonlyMap<string, Set<string>>> {
  const sets = new Map<string, Map<string, Set<string>>>();
  for (const { sight } of hosts) {
    if (sight.is !== 'seen' || sight.sight.zones.is !== 'value') continue;
    for (const zone of sight.sight.zones.value) {
      if (isLocal(zone)) continue;
      const servers = sets.get(plain(zone.name)) ?? new Map<string, Set<string>>();
      sets.set(plain(zone.name), servers);
      for (const { name, addresses } of zone.servers) {
        const all = servers.get(plain(name)) ?? new Set<string>();
        servers.set(plain(name), all);
        for (const one of addresses) if (!isLoopback(one)) all.add(one);
      }
    }
  }
  return sets;
}

function index(hosts: readonly ZoneHost[]): ReadonlyMap<string, ReadonlySet<HostName>> {
  const known = new Map<string, Set<HostName>>();
  for (const { host, names, sight } of hosts) {
    const addresses = sight.is === 'seen' ? sight.sight.addresses : [];
    for (const it of [...names.map(plain), ...addresses]) {
      if (isLoopback(it) || it === '0.0.0.0' || it === '::') continue;
      const found = known.get(it) ?? new Set<HostName>();
      known.set(it, found.add(host));
    }
  }
  return known;
}
