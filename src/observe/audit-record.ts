import { headOf } from '../audit/head.ts';
import { parseTrailLine } from '../audit/parse.ts';
import type { AuditRecord } from '../audit/record.ts';
import { idOf } from '../audit/trail.ts';

/** A record of the audit trail, or a message about it, without what differs between the places that keep it. */
export type TrailRecord =
  | ({ readonly record: 'denial' } & Denial)
  /** The kernel ended a process for a system call that its filter does not allow. */
  | {
      readonly record: 'sigsys';
      readonly at: number;
      readonly exe: string;
      readonly command: string;
      readonly body: string;
    }
  /** The main process of the unit ended, as systemd says. */
  | {
      readonly record: 'death';
      readonly at: number;
      readonly code: string;
      readonly status: string;
      readonly body: string;
    }
  /** Records that the kernel did not print, because nobody else took them and there were too many. */
  | { readonly record: 'suppressed'; readonly at: number; readonly count: number; readonly body: string };

/** An access that AppArmor did not allow. */
export interface Denial {
  /** Seconds since the epoch. */
  readonly at: number;
  /** DENIED, or KILLED where the profile is in kill mode. */
  readonly verdict: string;
  readonly operation: string;
  readonly profile: string;
  /** The path, or the name of the capability. */
  readonly name: string;
  readonly mask: string;
  readonly command: string;
  /** What is the same in every copy of it. */
  readonly body: string;
}

/** Reads a line of audit.log, or of `journalctl -o short-unix`; undefined where it tells nothing of these. */
export function trailRecordOf(line: string): TrailRecord | undefined {
  const read = parseTrailLine(line);
  if (read.is === 'record') return ofRecord(read.record);
  if (read.is === 'lost')
    return read.of === 'there' && read.time !== undefined
      ? { record: 'suppressed', at: read.time, count: read.count, body: line }
      : undefined;
  const [, at, code, status] =
    /^(\d+\.\d+) \S+ systemd\[\d+\]: .*: Main process exited, code=(\w+), status=(\S+)/.exec(line) ?? [];
  return code === undefined || status === undefined
    ? undefined
    : { record: 'death', at: Number(at), code, status, body: line };
}

function ofRecord(it: AuditRecord): TrailRecord | undefined {
  if (it.time === undefined) return undefined;
  const [at, command, body] = [it.time, it.comm ?? '', idOf(it)];
  if (it.event === 'DENIED' || it.event === 'KILLED')
    return {
      record: 'denial',
      at,
      verdict: it.event,
      operation: it.operation ?? '',
      profile: it.profile ?? '',
      name: it.name ?? it.capname ?? '',
      mask: it.deniedMask ?? '',
      command,
      body,
    };
  return it.event === 'SECCOMP' && it.signal === '31'
    ? { record: 'sigsys', at, exe: it.exe ?? '', command, body }
    : undefined;
}

/** The time of any line of these, in seconds since the epoch. */
export function timeOf(line: string): number | undefined {
  const at = headOf(line)?.time ?? /^(\d+\.\d+) /.exec(line)?.[1];
  return at === undefined ? undefined : Number(at);
}
