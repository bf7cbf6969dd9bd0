import { kindOf, subjectOf } from '../audit/kind.ts';
import { parseTrailLine as parseLine } from '../audit/parse.ts';
import type { AuditRecord } from '../audit/record.ts';
import { idOf } from '../audit/copies.ts';

/** A record of the audit trail, or a message about it, with what all copies of it have in common. */
export type TrailRecord =
  | ({ readonly record: 'denial' } & Denial)
  /** The kernel ended a process for a system call that its filter does not allow. */
  | {
      readonly record: 'sigsys';
      readonly at: number;
      readonly exe: string;
      readonly command: string;
      readonly id: string;
    }
  /** The main process of the unit ended, as systemd says. */
  | {
      readonly record: 'death';
      readonly at: number;
      readonly code: string;
      readonly status: string;
      readonly id: string;
    }
  /** Records that the kernel did not print, because nobody else took them and there were too many. */
  | { readonly record: 'suppressed'; readonly at: number; readonly count: number; readonly id: string }
  /** A record that can't be read: a denial may be lost in it. */
  | { readonly record: 'unparsed'; readonly at: number; readonly id: string };

/** An access that AppArmor did not allow. */
export interface Denial {
  /** Seconds since the epoch. */
  readonly at: number;
  /** DENIED, or KILLED where the profile is in kill mode. */
  readonly verdict: string;
  readonly operation: string;
  readonly profile: string;
  /** The path, the name of the capability, or what else it was to. */
  readonly name: string;
  readonly mask: string;
  readonly command: string;
  /** The same for every copy of the record. */
  readonly id: string;
}

/** Reads a line of audit.log, or of `journalctl -o short-unix`; undefined where it tells nothing of these. */
export function parseTrailLine(line: string): TrailRecord | undefined {
  const read = parseLine(line);
  const at = timeOf(line) ?? 0;
  switch (read.is) {
    case 'record':
      return recordOf(read.record, at);
    case 'lost':
      return read.of === 'there'
        ? { record: 'suppressed', at, count: read.count, id: `suppressed ${at} ${read.count}` }
        : undefined;
    case 'unparsed':
      return { record: 'unparsed', at, id: line };
    case 'other':
      return parseDeath(at, line);
  }
}

function recordOf(record: AuditRecord, logged: number): TrailRecord | undefined {
  const { event, time: at = logged, comm: command = '', exe = '', signal } = record;
  const id = idOf(record);
  if (event === 'SECCOMP') return signal === '31' ? { record: 'sigsys', at, exe, command, id } : undefined;
  if (event !== 'DENIED' && event !== 'KILLED') return undefined;
  return {
    record: 'denial',
    at,
    verdict: event,
    operation: record.operation ?? '',
    profile: record.profile ?? '',
    name: subjectOf(record, kindOf(record)),
    mask: record.deniedMask ?? '',
    command,
    id,
  };
}

function parseDeath(at: number, line: string): TrailRecord | undefined {
  const [, code, status] =
    /^\d+\.\d+ \S+ systemd(?:\[\d+\])?: .*: Main process exited, code=(\w+), status=(\S+)/.exec(line) ?? [];
  return code === undefined || status === undefined
    ? undefined
    : { record: 'death', at, code, status, id: line };
}

/** The time of any line of these. */
export function timeOf(line: string): number | undefined {
  const at = /^type=\w+ msg=audit\((\d+\.\d+):/.exec(line)?.[1] ?? /^(\d+\.\d+) /.exec(line)?.[1];
  return at === undefined ? undefined : Number(at);
}
