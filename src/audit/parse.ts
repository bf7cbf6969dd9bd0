import { fieldsOf, untrusted, type Fields } from './fields.ts';
import { headOf, isInterpreted, type Head } from './head.ts';
import { parseOldest } from './oldest.ts';
import type { AuditEvent, AuditRecord, TrailLine } from './record.ts';

/** Types of AppArmor's own before they became AVC (linux/audit.h, 1500 and on). */
const own: Readonly<Record<string, AuditEvent>> = {
  1501: 'AUDIT',
  1502: 'ALLOWED',
  1503: 'DENIED',
  1504: 'HINT',
  1505: 'STATUS',
  1506: 'ERROR',
  1507: 'KILLED',
  APPARMOR_AUDIT: 'AUDIT',
  APPARMOR_ALLOWED: 'ALLOWED',
  APPARMOR_DENIED: 'DENIED',
  APPARMOR_HINT: 'HINT',
  APPARMOR_STATUS: 'STATUS',
  APPARMOR_ERROR: 'ERROR',
  APPARMOR_KILL: 'KILLED',
};

/** The words of `apparmor="…"` (security/apparmor/audit.c); a killed process is KILLED there. */
const verdicts: Readonly<Record<string, AuditEvent>> = {
  DENIED: 'DENIED',
  KILLED: 'KILLED',
  KILL: 'KILLED',
  ALLOWED: 'ALLOWED',
  AUDIT: 'AUDIT',
  HINT: 'HINT',
  STATUS: 'STATUS',
  ERROR: 'ERROR',
};

const other: TrailLine = { is: 'other' };

/** Reads a line of any log that holds records of the audit trail. Never throws. */
export function parseTrailLine(text: string): TrailLine {
  const line = text.replace(/[\r\n]+$/, '');
  if (isInterpreted(line) && /apparmor=|avc: /.test(line))
    return unparsed(line, 'ausearch has interpreted it: its raw form can be read (ausearch --raw)');
  const head = headOf(line);
  if (head === undefined) return other;
  const lost = lostIn(head);
  if (lost) return lost;
  const message = /\bmsg='(.*?)'?$/s.exec(head.body)?.[1];
  const body = message ?? head.body;
  if (/^(PERMITTING|REJECTING|AUDITING) /.test(body)) return parseOldest(head, body) ?? unparsed(line, shape);
  const selinux = /^avc: +(denied|granted) +\{([^}]*)\} for +(.*)$/s.exec(body);
  if (selinux) {
    const [, said, permissions = '', rest = ''] = selinux;
    return said === 'denied' ? parseSelinux(line, head, permissions.trim(), rest) : other;
  }
  const verdict = /(?:^| )apparmor=(?:"([^"]*)"|(\S*))/.exec(body);
  const event = verdict ? verdicts[verdict[1] ?? verdict[2] ?? ''] : own[head.type ?? ''];
  if (event !== undefined) return parseAppArmor(line, head, event, body);
  if (verdict) return unparsed(line, 'its verdict is none that AppArmor has');
  if (head.type === 'SECCOMP' || head.type === '1326') return parseSeccomp(line, head);
  return head.type === '1400' || (head.type === 'AVC' && /\bpid=/.test(body)) ? unparsed(line, shape) : other;
}

const shape = 'it has another shape than any known one';

const unparsed = (line: string, why: string): TrailLine => ({ is: 'unparsed', line, why });

/** Records that the kernel dropped, as it says itself (kernel/audit.c, audit_log_lost; lib/ratelimit.c). */
function lostIn({ type, body, time }: Head): TrailLine | undefined {
  if (type !== 'kernel') return undefined;
  const suppressed = /^k?audit\w*_printk_skb: (\d+) callbacks suppressed/.exec(body)?.[1];
  if (suppressed !== undefined) return { is: 'lost', count: Number(suppressed), of: 'there', time };
  const sum = /^audit_lost=(\d+) /.exec(body)?.[1];
  return sum === undefined ? undefined : { is: 'lost', count: Number(sum), of: 'boot', time };
}

function parseAppArmor(line: string, head: Head, event: AuditEvent, body: string): TrailLine {
  const fields = fieldsOf(body);
  if (fields.is === 'damaged') return unparsed(line, fields.why);
  const record = recordOf(head, event, fields);
  return record.operation === undefined && record.info === undefined
    ? unparsed(line, 'it does not say what was tried')
    : { is: 'record', record };
}

function parseSeccomp(line: string, head: Head): TrailLine {
  const fields = fieldsOf(head.body);
  if (fields.is === 'damaged') return unparsed(line, fields.why);
  if (!fields.of.has('syscall')) return unparsed(line, 'it names no system call');
  return { is: 'record', record: { ...recordOf(head, 'SECCOMP', fields), operation: 'syscall' } };
}

function parseSelinux(line: string, head: Head, permissions: string, rest: string): TrailLine {
  const fields = fieldsOf(rest);
  if (fields.is === 'damaged') return unparsed(line, fields.why);
  const record = recordOf(head, 'AVC', fields);
  return {
    is: 'record',
    record: {
      ...record,
      operation: fields.of.get('tclass')?.text,
      name: untrusted(fields.of.get('path')) ?? record.name,
      requestedMask: permissions,
      deniedMask: permissions,
    },
  };
}

/** Fields that have a place of their own in the record; all others are `more`. */
const placed = new Set(
  (
    'apparmor operation profile label name target srcname src_name requested_mask denied_mask requested denied mask comm exe ' +
    'pid fsuid ouid family sock_type protocol laddr saddr addr faddr daddr peer_addr lport src fport dest capability ' +
    'capname signal sig peer peer_label peer_profile syscall SYSCALL error info'
  ).split(' '),
);

function recordOf(head: Head, event: AuditEvent, { of }: Fields & { is: 'fields' }): AuditRecord {
  const text = (...keys: readonly string[]): string | undefined => {
    const key = keys.find((it) => of.has(it));
    return key === undefined ? undefined : untrusted(of.get(key));
  };
  const plain = (key: string): string | undefined => of.get(key)?.text;
  const number = (...keys: readonly string[]): number | undefined => {
    const found = keys.map(plain).find((it) => it !== undefined && /^-?\d+$/.test(it));
    return found === undefined ? undefined : Number(found);
  };
  const address = (...keys: readonly string[]): string | undefined => {
    const found = text(...keys);
    return found === 'none' ? undefined : found;
  };
  // Up to 2.8 a mask says `owner::other`; who owns the file is told by the two users, too.
  const mask = (...keys: readonly string[]): string | undefined =>
    keys
      .map(plain)
      .find((it) => it !== undefined)
      ?.replaceAll(':', '');
  const bus = mask('mask');
  return {
    event,
    time: head.time,
    serial: head.serial,
    operation: plain('operation'),
    profile: text('profile', 'label'),
    name: text('name'),
    target: text('target', 'srcname', 'src_name'),
    requestedMask: mask('requested_mask', 'requested') ?? bus,
    deniedMask: mask('denied_mask', 'denied') ?? (event === 'DENIED' ? bus : undefined),
    comm: text('comm'),
    exe: text('exe'),
    pid: number('pid'),
    fsuid: number('fsuid'),
    ouid: number('ouid'),
    family: plain('family'),
    sockType: plain('sock_type'),
    protocol: plain('protocol'),
    localAddress: address('laddr', 'saddr', 'addr'),
    foreignAddress: address('faddr', 'daddr', 'peer_addr'),
    localPort: number('lport', 'src'),
    foreignPort: number('fport', 'dest'),
    capability: number('capability'),
    capname: plain('capname'),
    signal: plain('signal') ?? (event === 'SECCOMP' ? plain('sig') : undefined),
    peer: text('peer', 'peer_label', 'peer_profile'),
    syscall: event === 'SECCOMP' ? number('syscall') : undefined,
    syscallName: event === 'SECCOMP' ? plain('SYSCALL') : undefined,
    error: number('error'),
    info: plain('info'),
    more: Object.fromEntries(
      [...of].flatMap(([key, it]): [string, string][] => (placed.has(key) ? [] : [[key, it.text]])),
    ),
  };
}
