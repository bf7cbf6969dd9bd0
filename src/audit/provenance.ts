import { counted } from '../counted.ts';
import type { HostName } from '../brand.ts';
import { needText, type Need } from '../bind/needs.ts';
import type { AuditRecord } from './record.ts';

/** A record, where it was made, and the statement of that host's named.conf that needed it. */
export interface Evidence {
  readonly host: HostName;
  readonly record: AuditRecord;
  readonly need: Need | undefined;
}

/** What a proposal rests on. */
export interface Provenance {
  /** Sorted. */
  readonly hosts: readonly HostName[];
  readonly count: number;
  /** Seconds since the epoch; undefined where no record has a time. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Statements, sorted: `zone example.test, /etc/bind/named.conf.local:9`. */
  readonly statements: readonly string[];
}

/** A rule that somebody wrote into a packaged profile. */
export interface Rewritten {
  /** Sorted. */
  readonly hosts: readonly HostName[];
  readonly file: string;
}

export function provenanceOf(evidence: readonly Evidence[]): Provenance {
  const times = evidence.flatMap((it) => it.record.time ?? []).toSorted((a, b) => a - b);
  const statements = evidence.flatMap(({ need }) => (need === undefined ? [] : [needText(need)]));
  return {
    hosts: [...new Set(evidence.map((it) => it.host))].toSorted(),
    count: evidence.length,
    first: times[0],
    last: times.at(-1),
    statements: [...new Set(statements)].toSorted(),
  };
}

/** One line of it, for a comment above a rule: `ns1, ns2: 14 denials, 2026-11-20 to 2026-11-24; zone example.test`. */
export function provenanceText(it: Provenance | Rewritten): string {
  const { hosts } = it;
  const where = hosts.length > 3 ? `${hosts.length} hosts` : hosts.join(', ');
  if ('file' in it) return printable(`${where}: was written into ${it.file}`);
  const { count, statements } = it;
  const when = [day(it.first), day(it.last)].filter((text) => text !== undefined);
  const [first, last] = when;
  const time = first === undefined ? '' : first === last ? `, ${first}` : `, ${first} to ${last}`;
  const [one, ...more] = statements;
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  const why = one === undefined ? '' : `; ${one}${rest}`;
  return printable(`${where}: ${counted(count, 'denial')}${time}${why}`);
}

const day = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time * 1000).toISOString().slice(0, 10);

/** A comment is one line whatever a zone is called. */
const printable = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
