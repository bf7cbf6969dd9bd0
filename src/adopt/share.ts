import type { HostName } from '../brand.ts';
import type { Adopted } from './judge.ts';
import type { Note, Thing } from './things.ts';

/** A value of a thing, with the hosts that have it. */
export interface Value {
  readonly value: unknown;
  readonly hosts: readonly HostName[];
  /** Where it stands there; of the first of these hosts, where lines differ. */
  readonly at: string;
}

/** A thing over the fleet: one task. */
export interface SharedThing extends Omit<Thing, 'varies' | 'at'> {
  readonly key: string;
  /** The variable that holds its value, where hosts differ. */
  readonly variable: string | undefined;
  readonly hosts: readonly HostName[];
  /** The one of most hosts first. */
  readonly values: readonly [Value, ...Value[]];
}

/** Things that the same hosts have. */
export interface Part {
  /** The group of these hosts. */
  readonly group: string;
  readonly hosts: readonly HostName[];
  readonly things: readonly SharedThing[];
}

/** Hosts that have the same values where these are not those of most hosts. */
export interface Kind {
  readonly group: string;
  readonly hosts: readonly HostName[];
  readonly values: readonly { readonly thing: SharedThing; readonly value: Value }[];
}

/** Something said of hosts. */
export interface Said extends Note {
  readonly hosts: readonly HostName[];
}

/** The group of all hosts that were looked at. */
export const everyone = 'adopted';

interface OfHost {
  readonly host: HostName;
  readonly things: readonly Thing[];
}

/** The things of all hosts, in the order of the first host that has each. Equal values are one; a list is, in any order. */
function shared(hosts: readonly OfHost[]): readonly SharedThing[] {
  const byId = new Map<string, { thing: Thing; of: { host: HostName; thing: Thing }[] }>();
  for (const { host, things } of hosts)
    for (const thing of things) {
      const found = byId.get(thing.id) ?? { thing, of: [] };
      byId.set(thing.id, found);
      found.of.push({ host, thing });
    }
  const slugs = new Map<string, number>();
  return [...byId.values()].map(({ thing, of }) => {
    const count = (slugs.get(thing.slug) ?? 0) + 1;
    slugs.set(thing.slug, count);
    const slug = count === 1 ? thing.slug : `${thing.slug}_${count}`;
    const values = valuesOf(of);
    const { id, name, module, fixed, varies } = thing;
    return {
      id,
      slug,
      name,
      module,
      fixed,
      key: varies.key,
      variable: values.length === 1 ? undefined : `${everyone}_${slug}`,
      hosts: of.map((it) => it.host),
      values,
    };
  });
}

function valuesOf(of: readonly { host: HostName; thing: Thing }[]): SharedThing['values'] {
  const found = new Map<string, { value: unknown; hosts: HostName[]; at: string }>();
  for (const { host, thing } of of) {
    const { value } = thing.varies;
    const key = JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value);
    const same = found.get(key) ?? { value, hosts: [], at: thing.at };
    found.set(key, same);
    same.hosts.push(host);
  }
  return [...found.values()].toSorted(
    (a, b) => b.hosts.length - a.hosts.length,
  ) as unknown as SharedThing['values'];
}

/** A play for what all hosts have, and one for each set of hosts that have more. */
export function partsOf(things: readonly SharedThing[], hosts: readonly HostName[]): readonly Part[] {
  const byHosts = new Map<string, { hosts: readonly HostName[]; things: SharedThing[] }>();
  for (const thing of things) {
    const key = thing.hosts.join(' ');
    const found = byHosts.get(key) ?? { hosts: thing.hosts, things: [] };
    byHosts.set(key, found);
    found.things.push(thing);
  }
  return [...byHosts.values()]
    .toSorted((a, b) => b.hosts.length - a.hosts.length)
    .map((it) => ({
      ...it,
      group: it.hosts.length === hosts.length ? everyone : `${everyone}_with_${it.things[0]?.slug ?? ''}`,
    }));
}

/** Hosts apart from most, by what they have in another way. One alone needs no group. */
export function kindsOf(things: readonly SharedThing[], hosts: readonly HostName[]): readonly Kind[] {
  const byValues = new Map<string, { hosts: HostName[]; values: Kind['values'] }>();
  for (const host of hosts) {
    const own = things.flatMap((thing) => {
      const value = thing.values.slice(1).find((it) => it.hosts.includes(host));
      return value ? [{ thing, value }] : [];
    });
    if (own.length === 0) continue;
    const key = own.map(({ thing, value }) => `${thing.id} ${thing.values.indexOf(value)}`).join('\n');
    const found = byValues.get(key) ?? { hosts: [], values: own };
    byValues.set(key, found);
    found.hosts.push(host);
  }
  let count = 0;
  return [...byValues.values()].map((it) => ({
    ...it,
    group: it.hosts.length === 1 ? '' : `${everyone}_kind_${++count}`,
  }));
}

/** The same note of several hosts, once. */
export function said(notes: readonly { readonly host: HostName; readonly note: Note }[]): readonly Said[] {
  const found = new Map<string, Note & { hosts: HostName[] }>();
  for (const { host, note } of notes) {
    const key = `${note.at}\n${note.text}`;
    const same = found.get(key) ?? { ...note, hosts: [] };
    found.set(key, same);
    same.hosts.push(host);
  }
  return [...found.values()];
}

/** A fleet as it stands. */
export interface Adoption {
  readonly hosts: readonly HostName[];
  readonly things: readonly SharedThing[];
  readonly notes: readonly Said[];
  readonly pending: readonly Said[];
}

/** What was found on each host, put together. */
export function adoptionOf(
  seen: readonly { readonly host: HostName; readonly adopted: Adopted }[],
): Adoption {
  const all = (of: (it: Adopted) => readonly Note[]) =>
    said(seen.flatMap(({ host, adopted }) => of(adopted).map((note) => ({ host, note }))));
  return {
    hosts: seen.map(({ host }) => host),
    things: shared(seen.map(({ host, adopted }) => ({ host, things: adopted.things }))),
    notes: all((it) => it.notes),
    pending: all((it) => it.pending),
  };
}

/** Hosts by name, or by number where they are many. */
export const hostList = (hosts: readonly HostName[], all: number): string =>
  hosts.length === all && all > 1
    ? `all ${all} hosts`
    : hosts.length <= 4
      ? hosts.join(', ')
      : `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more`;
