import type { Head } from './head.ts';
import type { AuditEvent, TrailLine } from './record.ts';
import { emptyRecord } from './record.ts';

const said: Readonly<Record<string, AuditEvent>> = {
  PERMITTING: 'ALLOWED',
  REJECTING: 'DENIED',
  AUDITING: 'AUDIT',
};

/**
 * Reads a record of AppArmor 2.0, which was a sentence: `REJECTING r access to /etc/x (named(12) profile
 * /usr/sbin/named active named)`. Undefined for a sentence of another kind.
 */
export function parseOldest({ time, serial }: Head, body: string): TrailLine | undefined {
  const [, verdict = '', what = '', comm, pid, profile, active] =
    /^(\w+) (.*) \(([^()]*)\((\d+)\) profile (\S+) active (\S+)\)/s.exec(body) ?? [];
  const event = said[verdict];
  if (event === undefined || profile === undefined) return undefined;
  const about = (operation: string, more: object): TrailLine => ({
    is: 'record',
    record: {
      ...emptyRecord(event),
      time,
      serial,
      operation,
      profile: active === profile || active === undefined ? profile : active,
      comm,
      pid: Number(pid),
      ...more,
    },
  });
  const capability = /^access to capability '(\w+)'$/.exec(what);
  if (capability) return about('capable', { capname: capability[1] });
  const link = /^link access from (.*) to (.*)$/s.exec(what);
  if (link) return about('link', { name: link[1], target: link[2], ...masks('l') });
  const access = /^(\S+) access to (.*)$/s.exec(what);
  if (access) return about('access', { name: access[2], ...masks(access[1] ?? '') });
  const [, operation, name] =
    /^(mkdir|rmdir|xattr \w+|attribute \([^)]*\) change) (?:on|to) (.*)$/s.exec(what) ?? [];
  return operation === undefined ? undefined : about(operation.split(' ')[0] ?? '', { name, ...masks('w') });
}

const masks = (it: string) => ({ requestedMask: it, deniedMask: it });
