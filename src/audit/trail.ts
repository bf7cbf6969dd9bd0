import type { Frames } from '../observe/frames.ts';
import { unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { withoutCopies } from './copies.ts';
import { parseTrailLine } from './parse.ts';
import type { AuditTrail, Cursor } from './record.ts';

/** Where to begin: behind what was read before, at a time in seconds since the epoch, or with all there is. */
export type From =
  | { readonly is: 'cursor'; readonly cursor: Cursor }
  | { readonly is: 'since'; readonly time: number }
  | { readonly is: 'all' };

/** How many records a look brings at most, the newest; more than these are not `whole`. */
const trailLimit = 5000;

/**
 * Asks for the records of the audit trail: from auditd's log with its rotated files, where there is none from the
 * journal, and else from syslog's files. Behind a cursor each record comes once, whatever rotation, reboots and set
 * clocks did meanwhile: the cursor is a line of the log, and not a time.
 */
export function auditTrailProbe(from: From, limit = trailLimit): Probe<AuditTrail> {
  const since = beginOf(from);
  const { stamp, line } = from.is === 'cursor' ? placeOf(from.cursor) : { stamp: '-', line: 0 };
  return {
    key: `audit:${stamp}:${line}:${since}:${limit}`,
    needs: ['audit/trail.observe.sh'],
    ask: (key) => `observe_audit ${key} ${stamp} ${line} ${since} ${limit}`,
    parse: (frames, key) => parseTrail(frames, key, from, limit),
  };
}

/** The time from which on records are wanted, in seconds since the epoch. */
const beginOf = (from: From): number =>
  from.is === 'cursor' ? from.cursor.time : from.is === 'since' ? from.time : 0;

/** A cursor that no record has set yet is only a time. */
const placeOf = ({ time, serial, line }: Cursor): { readonly stamp: string; readonly line: number } =>
  line === 0 ? { stamp: '-', line: 0 } : { stamp: `${time.toFixed(3)}:${serial}`, line };

function parseTrail(frames: Frames, key: string, from: From, limit: number): Observation<AuditTrail> {
  const text = frames.text(`${key} trail`);
  const [now = '', boot = ''] = (frames.text(`${key} clock`) ?? '').split('\n');
  if (text === undefined || boot === '') return unknown('the host did not answer');
  const unreadable = /^unreadable (.*)/.exec(text)?.[1];
  if (unreadable !== undefined) return unknown(`no permission to read ${unreadable} (become is needed)`);
  const head =
    /^from \w+\nfirst ([\d.]+)\nfound (\d)\nlast (?:([\d.]+):(\d+))? ?(\d+)\nkept (\d+)(?:\n|$)/.exec(text);
  if (head === null)
    return unknown(
      'no log on this host holds records of the kernel: neither auditd’s, nor the journal, nor syslog’s',
    );
  const [whole, first, found, time, serial, line, kept] = head;
  const lines = text.slice(whole.length).split('\n').filter(Boolean).map(parseTrailLine);
  const reaches =
    from.is === 'cursor' && from.cursor.line > 0
      ? found === '1'
      : from.is === 'all' || Number(first) <= beginOf(from);
  return value({
    records: withoutCopies(lines.flatMap((it) => (it.is === 'record' ? [it.record] : []))),
    unparsed: lines.flatMap((it) => (it.is === 'unparsed' ? [it.line] : [])),
    lost: lossesIn(frames.text(`${key} losses`) ?? ''),
    whole: reaches && Number(kept) <= limit,
    cursor:
      time === undefined
        ? { boot, time: Number(now), serial: 0, line: 0 }
        : { boot, time: Number(time), serial: Number(serial), line: Number(line) },
  });
}

/** How many records the kernel's messages say are missing: a sum since the boot counts by what it grew, and at least once. */
export function lossesIn(text: string): number {
  const losses = text.split('\n').flatMap((line) => {
    const read = parseTrailLine(line);
    return read.is === 'lost' ? [read] : [];
  });
  let sum: number | undefined;
  return losses.reduce((total, it) => {
    if (it.of === 'there') return total + it.count;
    const grown = sum === undefined || it.count < sum ? 1 : it.count - sum;
    sum = it.count;
    return total + grown;
  }, 0);
}
