import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditTrailProbe, lossesIn, type From } from '../../src/audit/trail.ts';
import type { AuditTrail, Cursor } from '../../src/audit/record.ts';
import { framesOf, parseFrames } from '../../src/observe/frames.ts';

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'confine-trail-'));
  log = join(folder, 'audit.log');
});

const avc = (time: number, serial: number, name = '/x') =>
  `type=AVC msg=audit(${time}.000:${serial}): apparmor="DENIED" operation="open" profile="named" name="${name}" pid=1 comm="named" requested_mask="r" denied_mask="r" fsuid=1 ouid=1\n`;
const service = (time: number, serial: number) =>
  `type=SERVICE_START msg=audit(${time}.000:${serial}): pid=1 uid=0 msg='unit=named res=success'\n`;

/** Reads the logs of the folder as a host does, by the same shell. */
function trail(from: From, limit = 100): AuditTrail {
  const probe = auditTrailProbe(from, limit);
  const [, , stamp = '', line = '', since = '', most = ''] = probe.ask('k').split(' ');
  const script = `. src/observe/frame.sh; . src/audit/trail.observe.sh; trail_from auditd "$1 $1.[0-9]*" "$2" "$3" "$4" "$5"`;
  const said = execFileSync('sh', ['-c', script, 'sh', log, stamp, line, since, most]);
  const seen = probe.parse(
    framesOf(
      new Map([
        ['k clock', Buffer.from('50\nboot\n')],
        ['k trail', said],
        ['k losses', Buffer.from('')],
      ]),
    ),
    'k',
  );
  if (seen.is !== 'value') throw new Error(JSON.stringify(seen));
  return seen.value;
}
const behind = (cursor: Cursor): From => ({ is: 'cursor', cursor });
const serials = ({ records }: AuditTrail) => records.map((it) => it.serial);

describe('behind a cursor', () => {
  it('each record comes once, through rotation and compression', () => {
    writeFileSync(log, service(10, 1) + avc(11, 2));
    const first = trail({ is: 'all' });
    expect(serials(first)).toEqual([2]);
    expect(first).toMatchObject({ whole: true, cursor: { boot: 'boot', time: 11, serial: 2, line: 1 } });
    expect(serials(trail(behind(first.cursor)))).toEqual([]);

    appendFileSync(log, avc(11, 2, '/second of the same event') + avc(12, 3));
    const second = trail(behind(first.cursor));
    expect(second.records.map((it) => it.name)).toEqual(['/second of the same event', '/x']);

    renameSync(log, `${log}.1`);
    utimesSync(`${log}.1`, 100, 100);
    writeFileSync(`${log}.2.gz`, gzipSync(service(1, 1) + avc(2, 2)));
    utimesSync(`${log}.2.gz`, 50, 50);
    writeFileSync(log, avc(13, 4));
    expect(trail(behind(second.cursor))).toMatchObject({ whole: true, records: [{ serial: 4 }] });
    expect(serials(trail({ is: 'all' }))).toEqual([2, 2, 2, 3, 4]);
  });

  it('a clock that was set back hides nothing', () => {
    writeFileSync(log, service(1000, 1));
    const { cursor } = trail({ is: 'all' });
    appendFileSync(log, avc(5, 2));
    expect(trail(behind(cursor))).toMatchObject({ whole: true, records: [{ serial: 2, time: 5 }] });
  });

  it('serial numbers that begin anew with a boot are other records', () => {
    writeFileSync(log, service(10, 7));
    const { cursor } = trail({ is: 'all' });
    appendFileSync(log, avc(20, 7));
    expect(serials(trail(behind(cursor)))).toEqual([7]);
  });

  it('a log that lost the line is not whole, and gives what is newer', () => {
    writeFileSync(log, service(10, 1));
    const { cursor } = trail({ is: 'all' });
    writeFileSync(log, avc(11, 2));
    expect(trail(behind(cursor))).toMatchObject({ whole: false, records: [{ serial: 2 }] });
  });

  it('more than a look brings is not whole, and those are the newest', () => {
    writeFileSync(log, service(1, 1) + avc(2, 2) + avc(3, 3) + avc(4, 4));
    const seen = trail({ is: 'all' }, 2);
    expect(serials(seen)).toEqual([3, 4]);
    expect(seen.whole).toBe(false);
  });
});

it('since a time: what is newer, and whole only where the log goes back that far', () => {
  writeFileSync(log, service(10, 1) + avc(11, 2) + avc(12, 3));
  expect(trail({ is: 'since', time: 12 })).toMatchObject({ whole: true, records: [{ serial: 3 }] });
  expect(trail({ is: 'since', time: 5 })).toMatchObject({
    whole: false,
    records: [{ serial: 2 }, { serial: 3 }],
  });
});

it('without auditd a record has two copies in the journal, and counts once; what only one of them has counts, too', () => {
  const fields =
    'apparmor="DENIED" operation="open" profile="named" name="/x" pid=1 comm="named" requested_mask="r" denied_mask="r" fsuid=1 ouid=1';
  const kernel = (ms: string, serial: number) =>
    `1700000000.9 h kernel: audit: type=1400 audit(1700000000.${ms}:${serial}): ${fields}\n`;
  const journald = (ms: string) => `1700000000.${ms}000 h audit[1]: AVC ${fields}\n`;
  writeFileSync(log, kernel('100', 1) + journald('100') + journald('200') + kernel('300', 3));
  expect(trail({ is: 'all' }).records.map((it) => it.time)).toEqual([
    1_700_000_000.1, 1_700_000_000.2, 1_700_000_000.3,
  ]);
});

it('losses: what was suppressed there, and by how much a sum since the boot has grown', () => {
  const line = (text: string) => `1700000000.9 h kernel: ${text}`;
  expect(lossesIn(line('kauditd_printk_skb: 622 callbacks suppressed'))).toBe(622);
  expect(
    lossesIn([72, 145, 3].map((it) => line(`audit: audit_lost=${it} audit_rate_limit=5`)).join('\n')),
  ).toBe(1 + 73 + 1);
  expect(lossesIn('')).toBe(0);
});

describe('from the journal', () => {
  /** Reads a journal with these lines, the oldest first, as journalctl gives them. */
  function journal(from: From, lines: readonly string[]): AuditTrail {
    writeFileSync(join(folder, 'journal'), lines.join('\n') + '\n');
    const probe = auditTrailProbe(from);
    const script = `nonce=n; . src/observe/frame.sh; . src/audit/trail.observe.sh
      trail_logs() { :; }
      journalctl() {
        since=0
        for it; do case $it in @*) since=\${it#@} ;; esac; done
        awk -v since="$since" '$1 >= since' "$JOURNAL"
      }
      ${probe.ask('k')}`;
    const env = { ...process.env, JOURNAL: join(folder, 'journal') };
    const seen = probe.parse(parseFrames(execFileSync('sh', ['-c', script], { env }), 'n'), 'k');
    if (seen.is !== 'value') throw new Error(JSON.stringify(seen));
    return seen.value;
  }
  const boot = '1700000000.100000 ns1 kernel: Linux version 6.1.0';
  const kernels = (time: number) =>
    `${time}.500000 ns1 kernel: audit: type=1400 ${avc(time, 7)
      .replace(/^.*msg=/, '')
      .trim()}`;

  it('what a time leaves out is not taken for what is gone', () => {
    const lines = [boot, kernels(1_700_000_010), kernels(1_700_000_090)];
    const since = (time: number): From => ({ is: 'since', time });
    expect(journal(since(1_700_000_050), lines)).toMatchObject({
      whole: true,
      records: [{ time: 1_700_000_090 }],
    });
    expect(journal(since(1_699_999_999), lines)).toMatchObject({ whole: false, records: [{}, {}] });
    const unset: Cursor = { boot: 'b', time: 1_700_000_050, serial: 0, line: 0 };
    expect(journal(behind(unset), lines)).toMatchObject({ whole: true, records: [{ time: 1_700_000_090 }] });
  });

  it('an oldest entry that is a record counts once', () => {
    expect(journal({ is: 'all' }, [kernels(1_700_000_010)])).toMatchObject({ whole: true, records: [{}] });
  });
});
