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
  /** All of the record that is the same in every copy of it. */
  readonly body: string;
}

/** Reads a line of audit.log, or of `journalctl -o short-unix`; undefined where it tells nothing of these. */
export function parseTrailLine(line: string): TrailRecord | undefined {
  const log = /^type=\w+ msg=audit\((\d+\.\d+):\d+\): (.*)$/.exec(line);
  if (log) return parseBody(Number(log[1]), log[2] ?? '');
  const [, at = '', from = '', message = ''] =
    /^(\d+\.\d+) \S+ ([^\s:[]+)(?:\[\d+\])?: (.*)$/.exec(line) ?? [];
  if (from === 'audit') return parseBody(Number(at), message.replace(/^\w+ /, ''));
  if (from === 'systemd') return parseDeath(Number(at), message);
  if (from !== 'kernel') return undefined;
  const copy = /^audit: type=\d+ audit\((\d+\.\d+):\d+\): (.*)$/.exec(message);
  if (copy) return parseBody(Number(copy[1]), copy[2] ?? '');
  const count = /^kauditd_printk_skb: (\d+) callbacks suppressed/.exec(message)?.[1];
  return count === undefined
    ? undefined
    : { record: 'suppressed', at: Number(at), count: Number(count), body: message };
}

function parseDeath(at: number, message: string): TrailRecord | undefined {
  const [, code, status] = /: Main process exited, code=(\w+), status=(\S+)/.exec(message) ?? [];
  return code === undefined || status === undefined
    ? undefined
    : { record: 'death', at, code, status, body: message };
}

function parseBody(at: number, text: string): TrailRecord | undefined {
  // auditd puts names behind the record, after this byte.
  const body = text.split('\u001d')[0]?.trim() ?? '';
  const fields = new Map(
    [...body.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, key = '', it = '']): [string, string] => [key, it]),
  );
  const of = (key: string) => plain(fields.get(key) ?? '');
  const verdict = of('apparmor');
  const command = plain(fields.get('comm') ?? '', true);
  if (verdict === 'DENIED' || verdict === 'KILLED')
    return {
      record: 'denial',
      at,
      verdict,
      operation: of('operation'),
      profile: plain(fields.get('profile') ?? '', true),
      name: plain(fields.get('name') ?? '', true) || of('capname'),
      mask: of('denied_mask'),
      command,
      body,
    };
  if (of('sig') !== '31' || !fields.has('syscall')) return undefined;
  return { record: 'sigsys', at, exe: plain(fields.get('exe') ?? '', true), command, body };
}

/** A value without its quotes; what holds a space, a quote or the like comes in hexadecimal, and unquoted. */
function plain(text: string, encoded = false): string {
  if (text.startsWith('"')) return text.slice(1, -1);
  if (!encoded || !/^([0-9A-F]{2})+$/.test(text)) return text;
  return Buffer.from(text, 'hex').toString('utf8');
}

/** The time of any line of these. */
export function timeOf(line: string): number | undefined {
  const at = /^type=\w+ msg=audit\((\d+\.\d+):/.exec(line)?.[1] ?? /^(\d+\.\d+) /.exec(line)?.[1];
  return at === undefined ? undefined : Number(at);
}
