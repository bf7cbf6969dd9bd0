import type { HostName } from '../brand.ts';
import type { AuditEvent, AuditRecord } from './record.ts';

/** Records that are alike, over hosts. */
export interface Cluster {
  readonly event: AuditEvent;
  /** Without the children of complain mode (`//null-…`) and the rest of a stack. */
  readonly profile: string;
  /** What was tried, in classes: a file, a capability, … */
  readonly kind: Kind;
  /** What it was tried on, with `*` for what differs between records by chance. */
  readonly subject: string;
  /** Permissions that were asked for in any of them, in order. */
  readonly masks: string;
  /** Every access was to a file that its process owns. */
  readonly owner: boolean;
  readonly count: number;
  readonly hosts: readonly HostName[];
  readonly commands: readonly string[];
  /** Seconds since the epoch; undefined where no record has a time. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The statement of named.conf that it belongs to, where all hosts agree. */
  readonly need: string | undefined;
  /** A record of it. */
  readonly sample: AuditRecord;
}

export type Kind =
  | 'file'
  | 'exec'
  | 'capability'
  | 'network'
  | 'unix'
  | 'signal'
  | 'ptrace'
  | 'mount'
  | 'profile'
  | 'dbus'
  | 'mqueue'
  | 'io_uring'
  | 'userns'
  | 'rlimit'
  | 'syscall'
  | 'selinux'
  | 'other';

/** The records of a host, and what its named.conf says of a path: `zone example.test, /etc/bind/named.conf.local:9`. */
export interface HostRecords {
  readonly host: HostName;
  readonly records: readonly AuditRecord[];
  readonly needOf: (path: string) => string | undefined;
}

/** What is told of: what was kept from a process, and what would have been. */
const told: ReadonlySet<AuditEvent> = new Set(['DENIED', 'KILLED', 'ALLOWED', 'SECCOMP', 'AVC']);

/**
 * Puts denials together that are alike: by verdict, profile, kind and subject. The order of hosts and records does not
 * matter.
 * @returns those on most hosts first, then the most frequent
 */
export function clusters(hosts: readonly HostRecords[]): readonly Cluster[] {
  const groups = new Map<string, { record: AuditRecord; host: HostName; need: string | undefined }[]>();
  for (const { host, records, needOf } of hosts)
    for (const record of records) {
      if (!told.has(record.event)) continue;
      const id = [record.event, profileOf(record), kindOf(record), subjectOf(record)].join('\0');
      const need = record.name === undefined ? undefined : needOf(record.name);
      const group = groups.get(id);
      if (group) group.push({ record, host, need });
      else groups.set(id, [{ record, host, need }]);
    }
  return [...groups.values()]
    .map(clusterOf)
    .toSorted(
      (a, b) => b.hosts.length - a.hosts.length || b.count - a.count || (a.subject < b.subject ? -1 : 1),
    );
}

function clusterOf(
  all: readonly { record: AuditRecord; host: HostName; need: string | undefined }[],
): Cluster {
  const records = all.map((it) => it.record);
  const [sample] = records;
  if (!sample) throw new Error('a cluster has records');
  const times = records.flatMap((it) => it.time ?? []);
  const needs = distinct(all.map((it) => it.need));
  return {
    event: sample.event,
    profile: profileOf(sample),
    kind: kindOf(sample),
    subject: subjectOf(sample),
    masks: masksOf(records),
    owner: records.every((it) => it.fsuid !== undefined && it.fsuid === it.ouid),
    count: records.length,
    hosts: distinct(all.map((it) => it.host)).toSorted(),
    commands: distinct(records.flatMap((it) => it.comm ?? [])).toSorted(),
    first: times.length === 0 ? undefined : Math.min(...times),
    last: times.length === 0 ? undefined : Math.max(...times),
    need: needs.length === 1 ? needs[0] : undefined,
    sample,
  };
}

const distinct = <T>(all: readonly T[]): T[] => [...new Set(all)];

/** Letters of a file's masks, each once; words of the others. */
function masksOf(records: readonly AuditRecord[]): string {
  const masks = records.map((it) => it.deniedMask ?? '');
  const words = masks.some((it) => it.includes(' ') || it.length > 6);
  const all = distinct(masks.flatMap((it) => (words ? it.split(' ') : it.split('')))).filter(Boolean);
  return all.toSorted().join(words ? ' ' : '');
}

/** Whose rules these are: in complain mode a child without a transition gets a profile of its own for a time. */
export const profileOf = ({ profile, more }: AuditRecord): string =>
  (profile ?? more['scontext'] ?? more['subj'] ?? '').split('//&')[0]?.split('//null-')[0] ?? '';

function kindOf({ event, operation = '', family, more, deniedMask = '' }: AuditRecord): Kind {
  if (event === 'SECCOMP') return 'syscall';
  if (event === 'AVC') return 'selinux';
  if (operation.startsWith('dbus_')) return 'dbus';
  if (operation.startsWith('uring_')) return 'io_uring';
  if (more['class']?.endsWith('mqueue')) return 'mqueue';
  if (family === 'unix') return 'unix';
  if (family !== undefined) return 'network';
  const known: Readonly<Record<string, Kind>> = {
    capable: 'capability',
    exec: 'exec',
    signal: 'signal',
    ptrace: 'ptrace',
    mount: 'mount',
    umount: 'mount',
    pivotroot: 'mount',
    userns_create: 'userns',
    setrlimit: 'rlimit',
    change_profile: 'profile',
    change_onexec: 'profile',
    change_hat: 'profile',
  };
  if (known[operation]) return known[operation];
  return deniedMask === '' && more['class'] !== 'file' ? 'other' : 'file';
}

function subjectOf(it: AuditRecord): string {
  switch (kindOf(it)) {
    case 'capability':
      return it.capname ?? String(it.capability ?? '?');
    case 'network':
      return [it.family, it.sockType].filter(Boolean).join(' ');
    case 'unix':
      return [it.sockType, it.foreignAddress ?? it.localAddress].filter(Boolean).join(' ');
    case 'signal':
      return `${it.signal ?? '?'} to or from ${it.peer ?? '?'}`;
    case 'ptrace':
      return it.peer ?? '?';
    case 'syscall':
      return it.syscallName ?? `system call ${it.syscall ?? '?'}`;
    case 'selinux':
      return `${it.more['tclass'] ?? it.operation ?? '?'} ${it.name ?? ''}`.trim();
    case 'profile':
      return it.target ?? it.name ?? '?';
    case 'dbus':
      return [it.name, it.more['member']].filter(Boolean).join(' ');
    default:
      return plain(it.name ?? it.info ?? it.operation ?? '?');
  }
}

/**
 * A path without what is there by chance: BIND's temporary files (isc_file_mktemplate, `tmp-` and ten letters), keys on
 * their way to disk and the numbers of keys (dst_key_buildfilename, `K<zone>.+<algorithm>+<id>`), processes below /proc.
 */
export const plain = (path: string): string =>
  path
    .replace(/^\/proc\/\d+(?=\/|$)/, '/proc/*')
    .replace(/\/tmp-[A-Za-z0-9]{10}$/, '/tmp-*')
    .replace(/(\/K[^/]+\.\+\d{3}\+)\d{5}\.[A-Za-z0-9]{6}$/, '$1*')
    .replace(/(\/K[^/]+\.\+\d{3}\+)\d{5}(?=\.(key|private|state)$)/, '$1*');
