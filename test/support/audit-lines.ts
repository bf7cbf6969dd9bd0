import type { AuditRecord } from '../../src/audit/record.ts';
import { record } from '../audit/records.ts';

/** The records of AppArmor in lines of audit.log that tests made themselves: all names plain. */
export function recordsIn(lines: string): AuditRecord[] {
  return lines.split('\n').flatMap((line) => {
    const at = /msg=audit\((\d+\.\d+):(\d+)\): (apparmor=.*)/.exec(line.split('\u001d')[0] ?? '');
    if (at === null) return [];
    const fields = new Map(
      [...(at[3] ?? '').matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, key = '', quoted, bare]) => [
        key,
        quoted ?? bare ?? '',
      ]),
    );
    const number = (key: string) => (fields.has(key) ? Number(fields.get(key)) : undefined);
    return record({
      event: fields.get('apparmor') === 'ALLOWED' ? 'ALLOWED' : 'DENIED',
      time: Number(at[1]),
      serial: Number(at[2]),
      operation: fields.get('operation'),
      profile: fields.get('profile'),
      name: fields.get('name'),
      target: fields.get('target'),
      requestedMask: fields.get('requested_mask'),
      deniedMask: fields.get('denied_mask'),
      comm: fields.get('comm'),
      fsuid: number('fsuid'),
      ouid: number('ouid'),
      family: fields.get('family'),
      sockType: fields.get('sock_type'),
      capability: number('capability'),
      capname: fields.get('capname'),
      signal: fields.get('signal'),
      peer: fields.get('peer'),
    });
  });
}
