import type { AuditRecord } from './record.ts';

/** Of an access that was not allowed; ALLOWED where only complain mode, or a filter that logs, let it happen. */
export type Verdict = 'DENIED' | 'KILLED' | 'ALLOWED';

/** What an access was to. */
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
  | 'rlimit'
  | 'dbus'
  | 'userns'
  | 'mqueue'
  | 'io_uring'
  | 'syscall'
  | 'selinux'
  | 'other';

/** What came of an access; undefined for a record of something else (STATUS, AUDIT and the like). */
export function verdictOf({ event, more }: AuditRecord): Verdict | undefined {
  switch (event) {
    case 'DENIED':
    case 'KILLED':
    case 'ALLOWED':
      return event;
    case 'AVC':
      return more['permissive'] === '1' ? 'ALLOWED' : 'DENIED';
    case 'SECCOMP':
      return ofFilter(more['code']);
    case 'AUDIT':
    case 'HINT':
    case 'STATUS':
    case 'ERROR':
      return undefined;
  }
}

/** What a filter did with a system call (SECCOMP_RET_* in linux/seccomp.h); ended it, where an old kernel says nothing. */
function ofFilter(code: string | undefined): Verdict {
  const action = code === undefined ? 0 : Number(code);
  // The upper half is the action: 0x7ffc logs, 0x8000 and 0 end the process or its thread, all others refuse the call.
  const upper = Math.floor(action / 0x1_0000);
  if (upper === 0x7ffc || upper === 0x7fff) return 'ALLOWED';
  return upper === 0x8000 || upper === 0 ? 'KILLED' : 'DENIED';
}

/**
 * The profile that a record is about: without the `//null-…` that complain mode adds for a program without a rule, and
 * of a stack the part that confines. A filter's or SELinux's record has the subject's label instead.
 */
export function profileOf({ profile, more }: AuditRecord): string {
  const label = profile ?? more['subj']?.replace(/^=/, '') ?? more['scontext'] ?? '';
  const parts = label.split('//&');
  return (parts.find((it) => it !== 'unconfined') ?? label).replace(/\/\/null-.*$/s, '');
}

/**
 * Whether a record is about a profile. A filter of system calls and SELinux know no profile: their records are about the
 * program of that name, whatever it is confined by.
 */
export function isAbout(record: AuditRecord, profile: string): boolean {
  if (profileOf(record) === profile) return true;
  if (record.profile !== undefined) return false;
  const type = record.more['scontext']?.split(':')[2];
  return record.exe?.endsWith(`/${profile}`) === true || record.comm === profile || type === `${profile}_t`;
}

/** Operations that are a kind by themselves (`op` in security/apparmor/*.c). */
const byOperation: readonly (readonly [RegExp, Kind])[] = [
  [/^capable$/, 'capability'],
  [/^signal$/, 'signal'],
  [/^ptrace/, 'ptrace'],
  [/^(re)?mount$|^umount$|^pivot_?root$/, 'mount'],
  [/^change_|^stack/, 'profile'],
  [/^setrlimit$|^rlimit/, 'rlimit'],
  [/^dbus_/, 'dbus'],
  [/^userns_/, 'userns'],
  [/^mqueue_|^mq_/, 'mqueue'],
  [/^uring_|^io_uring/, 'io_uring'],
];

export function kindOf(record: AuditRecord): Kind {
  const { event, operation = '', family, name, more } = record;
  if (event === 'SECCOMP') return 'syscall';
  if (event === 'AVC') return 'selinux';
  const known = byOperation.find(([pattern]) => pattern.test(operation))?.[1];
  if (known !== undefined) return known;
  if (more['class'] === 'posix_mqueue') return 'mqueue';
  if (family !== undefined) return family === 'unix' ? 'unix' : 'network';
  if (operation === 'exec' || maskOf(record).includes('x')) return 'exec';
  return name === undefined ? 'other' : 'file';
}

/** What was not allowed of an access, or else what was asked for. */
export const maskOf = ({ deniedMask, requestedMask }: AuditRecord): string =>
  deniedMask ?? requestedMask ?? '';

/** Accesses of one class need one rule: a file that is made, written and renamed is one that is changed. */
export function operationOf(record: AuditRecord, kind: Kind): string {
  if (kind !== 'file') return record.operation ?? kind;
  const mask = maskOf(record);
  if (/[wacd]/.test(mask)) return 'change';
  if (mask.includes('l')) return 'link';
  if (mask.includes('m')) return 'map';
  return mask === 'k' ? 'lock' : 'read';
}

/** What an access was to, in words that hold for all that are alike. */
export function subjectOf(record: AuditRecord, kind: Kind): string {
  const { name, target, peer, family, sockType, more } = record;
  const of = (...parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' ');
  switch (kind) {
    case 'capability':
      return record.capname ?? `capability ${record.capability ?? '?'}`;
    case 'network':
      return of(family, sockType);
    case 'unix':
      return of(sockType, record.foreignAddress ?? record.localAddress ?? name, peer && `peer ${peer}`);
    case 'signal':
      return of(record.signal, peer && `peer ${peer}`);
    case 'ptrace':
      return of('peer', peer);
    case 'mount':
      return target === undefined ? (name ?? '') : `${target} on ${name ?? '?'}`;
    case 'profile':
      return target ?? name ?? '';
    case 'rlimit':
      return of(more['rlimit'], more['value']);
    case 'dbus':
      return of(
        more['bus'],
        name ?? peer,
        more['path'],
        of(more['interface'], more['member']).replace(' ', '.'),
      );
    case 'syscall':
      return of(
        record.syscallName ?? `system call ${record.syscall ?? '?'}`,
        record.exe && `of ${record.exe}`,
      );
    case 'file':
      return target === undefined ? (name ?? '') : `${name ?? '?'} to ${target}`;
    case 'exec':
    case 'userns':
    case 'mqueue':
    case 'io_uring':
    case 'selinux':
    case 'other':
      return name ?? record.info ?? record.comm ?? '';
  }
}
