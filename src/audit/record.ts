/** What a security module or a filter of system calls said of an access, in the words of the record. */
export type AuditEvent =
  | 'DENIED'
  | 'KILLED'
  /** Complain mode: the profile does not allow it, and the kernel let it happen. */
  | 'ALLOWED'
  /** Allowed, and recorded since the profile or a rule asks for it. */
  | 'AUDIT'
  | 'HINT'
  | 'STATUS'
  | 'ERROR'
  /** A system call that a filter does not allow, whatever came of it. */
  | 'SECCOMP'
  /** SELinux. */
  | 'AVC';

/**
 * A record of the audit trail, in one shape whatever kept it: audit.log, the journal, kern.log or a syslog line.
 * A field is undefined where the record does not have it; all texts are decoded (proc(5) and auditd's hexadecimal form).
 */
export interface AuditRecord {
  readonly event: AuditEvent;
  /** Seconds since the epoch, with the kernel's milliseconds; undefined where only a log's own date is left. */
  readonly time: number | undefined;
  /** The kernel's serial number; records of one event share it, and it begins anew with each boot. */
  readonly serial: number | undefined;
  readonly operation: string | undefined;
  /** As the record has it: with `//null-…` children, and the parts of a stack (`named//&unconfined`). */
  readonly profile: string | undefined;
  /** The path, bus name or socket that the access was to. */
  readonly name: string | undefined;
  /** Of rename, link, symlink, pivot_root, change_profile and the like: the other end. */
  readonly target: string | undefined;
  readonly requestedMask: string | undefined;
  readonly deniedMask: string | undefined;
  readonly comm: string | undefined;
  readonly exe: string | undefined;
  readonly pid: number | undefined;
  /** User of the process for file accesses, and owner of the file. */
  readonly fsuid: number | undefined;
  readonly ouid: number | undefined;
  readonly family: string | undefined;
  readonly sockType: string | undefined;
  readonly protocol: string | undefined;
  readonly localAddress: string | undefined;
  readonly foreignAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly foreignPort: number | undefined;
  /** Number and name of a capability. */
  readonly capability: number | undefined;
  readonly capname: string | undefined;
  readonly signal: string | undefined;
  /** The profile or label at the other end. */
  readonly peer: string | undefined;
  /** Number and, where auditd wrote it, name of a system call (SECCOMP). */
  readonly syscall: number | undefined;
  readonly syscallName: string | undefined;
  /** A negative errno. */
  readonly error: number | undefined;
  readonly info: string | undefined;
  /** All other fields, by their names in the record. */
  readonly more: Readonly<Record<string, string>>;
}

/** A record that has an event, and nothing else yet. */
export const emptyRecord = (event: AuditEvent): AuditRecord => ({
  event,
  time: undefined,
  serial: undefined,
  operation: undefined,
  profile: undefined,
  name: undefined,
  target: undefined,
  requestedMask: undefined,
  deniedMask: undefined,
  comm: undefined,
  exe: undefined,
  pid: undefined,
  fsuid: undefined,
  ouid: undefined,
  family: undefined,
  sockType: undefined,
  protocol: undefined,
  localAddress: undefined,
  foreignAddress: undefined,
  localPort: undefined,
  foreignPort: undefined,
  capability: undefined,
  capname: undefined,
  signal: undefined,
  peer: undefined,
  syscall: undefined,
  syscallName: undefined,
  error: undefined,
  info: undefined,
  more: {},
});

/** A line of a log, read. What looks like one of these records and can't be read is kept whole. */
export type TrailLine =
  | { readonly is: 'record'; readonly record: AuditRecord }
  | { readonly is: 'unparsed'; readonly line: string; readonly why: string }
  /** Records that were dropped before anybody wrote them down: so many there, or so many since the boot. */
  | {
      readonly is: 'lost';
      readonly count: number;
      readonly of: 'there' | 'boot';
      readonly time: number | undefined;
    }
  /** Any other line. */
  | { readonly is: 'other' };

/** How far a reader has come in a host's audit trail. */
export interface Cursor {
  /** The kernel's id of the boot in which it was set. */
  readonly boot: string;
  /** Of the newest record, in seconds since the epoch. */
  readonly time: number;
  readonly serial: number;
  /** How many records of that time and serial were read: one event may hold several. */
  readonly line: number;
}

/** What a host's audit trail held since a cursor, or since a time. */
export interface AuditTrail {
  /** Of every profile, the oldest first, each once. */
  readonly records: readonly AuditRecord[];
  readonly unparsed: readonly string[];
  /** Records that are missing: dropped by the kernel, suppressed by printk, or refused by auditd. */
  readonly lost: number;
  /** False where the oldest record that is left is newer than the cursor: then there may be more. */
  readonly whole: boolean;
  readonly cursor: Cursor;
}
