import { needFor, type Need } from '../bind/needs.ts';
import { alike } from './alike.ts';
import {
  kindOf,
  maskOf,
  operationOf,
  profileOf,
  subjectOf,
  verdictOf,
  type Kind,
  type Verdict,
} from './kind.ts';
import type { AuditRecord } from './record.ts';

/** Denials that are alike, over all hosts. */
export interface Cluster {
  readonly verdict: Verdict;
  /** Without `//null-…`, and unstacked; the label of the subject where no profile was concerned. */
  readonly profile: string;
  readonly kind: Kind;
  /** Of files `read`, `change`, `map`, `lock` or `link`; of all others the record's own. */
  readonly operation: string;
  /** What it was to, with a star for what differs from run to run. */
  readonly name: string;
  readonly count: number;
  /** Sorted by name. */
  readonly hosts: readonly { readonly host: string; readonly count: number }[];
  /** Seconds since the epoch; undefined where no record has a time. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** All that was denied, each once: letters of files, words of others. */
  readonly mask: string;
  /** Whether all accesses were by the file's owner; undefined where no record tells. */
  readonly owner: boolean | undefined;
  /** Names as they were, a few of them. */
  readonly samples: readonly string[];
  /** Statements of named.conf that needed it, those of the most hosts first. */
  readonly needs: readonly { readonly need: Need; readonly hosts: number }[];
}

/** Takes denials one by one, so that a log of any length can be read. */
export interface Clustering {
  /** Adds a record of a host; one that is no denial is left out. */
  add(host: string, record: AuditRecord, needs?: readonly Need[]): void;
  /** On the most hosts first, then the most often; the order in which records came does not matter. */
  clusters(): readonly Cluster[];
}

const samplesKept = 3;

interface Growing {
  readonly of: Pick<Cluster, 'verdict' | 'profile' | 'kind' | 'operation' | 'name'>;
  readonly hosts: Map<string, number>;
  readonly masks: Set<string>;
  readonly samples: Set<string>;
  readonly needs: Map<string, { readonly need: Need; readonly hosts: Set<string> }>;
  first: number | undefined;
  last: number | undefined;
  owner: boolean | undefined;
}

export function clustering(): Clustering {
  const all = new Map<string, Growing>();
  return {
    add: (host, record, needs = []) => {
      const verdict = verdictOf(record);
      if (verdict === undefined) return;
      const kind = kindOf(record);
      const subject = subjectOf(record, kind);
      const of = {
        verdict,
        profile: profileOf(record),
        kind,
        operation: operationOf(record, kind),
        name: alike(subject),
      };
      const key = JSON.stringify(of);
      const it = all.get(key) ?? growing(of);
      all.set(key, it);
      grow(it, host, record, subject);
      const need = record.name === undefined ? undefined : needFor(needs, record.name);
      if (need) addNeed(it, host, need);
    },
    clusters: () => [...all.values()].map(grown).toSorted(broadest),
  };
}

const growing = (of: Growing['of']): Growing => ({
  of,
  hosts: new Map(),
  masks: new Set(),
  samples: new Set(),
  needs: new Map(),
  first: undefined,
  last: undefined,
  owner: undefined,
});

function grow(it: Growing, host: string, record: AuditRecord, subject: string): void {
  it.hosts.set(host, (it.hosts.get(host) ?? 0) + 1);
  for (const mask of masksOf(record, it.of.kind)) it.masks.add(mask);
  // The smallest, so that the same records in another order give the same cluster.
  it.samples.add(subject);
  if (it.samples.size > samplesKept) it.samples.delete([...it.samples].toSorted().at(-1) ?? '');
  const { time, fsuid, ouid } = record;
  if (time !== undefined) {
    it.first = Math.min(it.first ?? time, time);
    it.last = Math.max(it.last ?? time, time);
  }
  if (fsuid !== undefined && ouid !== undefined) it.owner = it.owner !== false && fsuid === ouid;
}

function addNeed(it: Growing, host: string, need: Need): void {
  const key = JSON.stringify([need.why, need.at]);
  const known = it.needs.get(key) ?? { need, hosts: new Set() };
  known.hosts.add(host);
  it.needs.set(key, known);
}

/** Permissions of files are letters, all others words. */
function masksOf(record: AuditRecord, kind: Kind): readonly string[] {
  const mask = maskOf(record);
  return kind === 'file' || kind === 'exec' ? mask.split('') : mask.split(/[\s,]+/).filter(Boolean);
}

function grown({ of, hosts, masks, samples, needs, first, last, owner }: Growing): Cluster {
  const letters = of.kind === 'file' || of.kind === 'exec';
  return {
    ...of,
    count: [...hosts.values()].reduce((sum, n) => sum + n, 0),
    hosts: [...hosts].map(([host, count]) => ({ host, count })).toSorted((a, b) => order(a.host, b.host)),
    first,
    last,
    mask: [...masks].toSorted().join(letters ? '' : ' '),
    owner,
    samples: [...samples].toSorted(),
    needs: [...needs]
      .toSorted(([a, { hosts: x }], [b, { hosts: y }]) => y.size - x.size || order(a, b))
      .map(([, it]) => ({ need: it.need, hosts: it.hosts.size })),
  };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sortKey = ({ profile, kind, name, operation, verdict }: Cluster) =>
  JSON.stringify([profile, kind, name, operation, verdict]);

const broadest = (a: Cluster, b: Cluster): number =>
  b.hosts.length - a.hosts.length || b.count - a.count || order(sortKey(a), sortKey(b));
