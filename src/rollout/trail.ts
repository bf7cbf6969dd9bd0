import type { AuditEvent, AuditRecord, AuditTrail, Cursor } from '../audit/record.ts';
import type { Frames } from '../observe/frames.ts';
import { unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';

/** Asks for what AppArmor recorded since a cursor. */
export const trailSince = (cursor: Cursor): Probe<AuditTrail> => ({
  key: `trail-since:${cursor.time}:${cursor.serial}`,
  needs: ['rollout/trail.observe.sh'],
  ask: (key) => `observe_trail_since ${key} ${cursor.time}`,
  parse: (frames, key) => parseTrail(frames.text(`${key} trail`), cursor, frames),
});

function parseTrail(text: string | undefined, cursor: Cursor, frames: Frames): Observation<AuditTrail> {
  const [, first = '', lost = '', count = ''] =
    /^first (\S*)\nlost (\d+)\ncount (\d+)$/m.exec(text ?? '') ?? [];
  if (text === undefined || count === '') return unknown('the host did not answer');
  if (first === '') return unknown('no log on this host holds records of the audit trail');
  const all = text.split('\n').flatMap(parseRecord);
  const records = all.filter((it) => isBehind(it, cursor));
  const newest = records.at(-1);
  const boot = frames.text('host boot-id')?.trim() ?? cursor.boot;
  return value({
    records,
    unparsed: [],
    lost: Number(lost),
    whole: Number(first) <= cursor.time && Number(count) <= all.length,
    cursor: newest ? { boot, time: newest.time ?? 0, serial: newest.serial ?? 0, line: 0 } : cursor,
  });
}

const isBehind = ({ time = 0, serial = 0 }: AuditRecord, cursor: Cursor): boolean =>
  time > cursor.time || (time === cursor.time && serial > cursor.serial);

function parseRecord(line: string): readonly AuditRecord[] {
  const [, time, serial] = /audit\((\d+\.\d+):(\d+)\)/.exec(line) ?? [];
  const of = (key: string) => new RegExp(`\\b${key}="([^"]*)"`).exec(line)?.[1];
  const event = of('apparmor');
  if (time === undefined || event === undefined) return [];
  const none = {
    target: undefined,
    requestedMask: undefined,
    exe: undefined,
    pid: undefined,
    fsuid: undefined,
    ouid: undefined,
    family: of('family'),
    sockType: undefined,
    protocol: undefined,
    localAddress: undefined,
    foreignAddress: undefined,
    localPort: undefined,
    foreignPort: undefined,
    capability: undefined,
    signal: undefined,
    peer: undefined,
    syscall: undefined,
    syscallName: undefined,
    error: undefined,
    info: undefined,
    more: {},
  };
  return [
    {
      ...none,
      event: event as AuditEvent,
      time: Number(time),
      serial: Number(serial),
      operation: of('operation'),
      profile: of('profile'),
      name: of('name'),
      deniedMask: of('denied_mask'),
      comm: of('comm'),
      capname: of('capname'),
    },
  ];
}
