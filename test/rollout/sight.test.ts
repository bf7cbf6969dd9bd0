import { describe, expect, it } from 'vitest';
import { absent, unknown, value } from '../../src/observe/observation.ts';
import type { AuditRecord } from '../../src/audit/record.ts';
import { parseTrailLine } from '../../src/audit/parse.ts';
import type { ProfileName } from '../../src/brand.ts';
import { parseNamedConf } from '../../src/bind/named-conf.ts';
import type { Evidence } from '../../src/rollout/evidence.ts';
import { applying, seenSince } from '../../src/rollout/exercise.ts';
import { sightOf, type Answers } from '../../src/rollout/sight.ts';
import type { StateFile } from '../../src/rollout/state.ts';
import { stateFile } from '../support/rollout.ts';

const boot = 'aaaa-bbbb';
const named = 'named' as ProfileName;

/** A look ten minutes behind the last one, of a named that has run since long before. */
const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  now: 10_600,
  uptime: 700,
  named: value({ invocation: 'i', started: 5, label: 'named (complain)' }),
  deaths: [],
  statements: [],
  minor: 18,
  configured: 9000,
  began: 9000,
  counts: value({ before: { 'query-udp': 12 }, after: { 'query-udp': 14 } }),
  files: [],
  zones: [],
  addresses: [],
  ...more,
});
const last = { boot, uptime: 100, invocation: 'i', at: 10_000 };
const noted: StateFile = { ...stateFile({ last, since: 10_000 }), counts: { 'query-udp': 12 } };

describe('what a configuration brings about', () => {
  const of = (conf: string) => applying(evidence({ statements: parseNamedConf(conf) }));

  it('is the least where a zone is only served', () => {
    expect(of('zone "a" { type primary; file "a"; };')).toEqual([
      'query-udp',
      'query-tcp',
      'reload',
      'restart',
    ]);
  });

  it.each([
    ['in a zone', 'zone "a" { type primary; update-policy local; };', 'journal'],
    ['in its view', 'view "v" { allow-update { any; }; zone "a" { type primary; }; };', 'journal'],
    ['in the options', 'options { ixfr-from-differences yes; }; zone "a" { type master; };', 'journal'],
    ['in a template', 'template "t" { type secondary; }; zone "a" { template "t"; };', 'transfer-in'],
  ])('may be said %s', (_, conf, exercise) => {
    expect(of(conf)).toContain(exercise);
  });

  it('is not what a zone says that another view loads', () => {
    expect(of('view "v" { zone "a" { in-view "w"; allow-update { any; }; }; };')).not.toContain('journal');
  });
});

describe('what was exercised', () => {
  it('is nothing where nothing has moved', () => {
    expect(seenSince(evidence(), noted, boot)).toEqual([]);
  });

  it('counts from the last look of the same run, and from the start of another', () => {
    const one = value({ before: { 'query-udp': 13 }, after: {} });
    expect(seenSince(evidence({ counts: one }), noted, boot)).toEqual(['query-udp']);
    const other = value({ invocation: 'j', started: 650, label: '' });
    const few = value({ before: { 'query-udp': 1 }, after: {} });
    expect(seenSince(evidence({ named: other, counts: few }), noted, boot)).toEqual(['query-udp', 'restart']);
  });

  it('is nothing of what no look has counted before', () => {
    expect(seenSince(evidence(), { ...noted, counts: {} }, boot)).toEqual([]);
  });

  it('is a reload since then, and none that lies ahead of a clock that was set back', () => {
    expect(seenSince(evidence({ configured: 10_300 }), noted, boot)).toEqual(['reload']);
    expect(seenSince(evidence({ configured: 9999 }), noted, boot)).toEqual([]);
    expect(seenSince(evidence({ configured: 14_000 }), noted, boot)).toEqual([]);
  });

  it('is a start in another boot', () => {
    expect(seenSince(evidence(), noted, 'cccc')).toContain('restart');
  });
});

describe('a sight', () => {
  const answers = (more: Partial<Answers> = {}): Answers => ({
    state: value(noted),
    boot,
    evidence: evidence(),
    profile: unknown('the kernel runs without AppArmor'),
    trail: absent,
    blocked: value([]),
    ...more,
  });
  const death = (more: Partial<Evidence['deaths'][number]>) => ({
    boot: 'aaaabbbb',
    uptime: 300,
    at: 10_200,
    what: 'Main process exited, code=killed, status=9/KILL',
    ...more,
  });

  it('tells the deaths since the stage began, by their age in this boot, whatever the clock says', () => {
    const deaths = [death({ at: 1 }), death({ uptime: 50 }), death({ boot: 'x', at: 1 })];
    const sight = sightOf(answers({ evidence: evidence({ deaths }) }), named, 10_600);
    expect(sight.deaths).toMatchObject({ value: [expect.stringContaining('status=9/KILL')] });
  });

  it('tells what the profile and its children denied, alike as one, and nothing of others', () => {
    const line = (profile: string, name: string, event = 'ALLOWED') =>
      `type=AVC msg=audit(10300.000:7): apparmor="${event}" operation="open" profile="${profile}" name="${name}" pid=1 comm="isc-net" requested_mask="r" denied_mask="r" fsuid=1 ouid=0`;
    const records = [
      line('named', '/a'),
      line('named', '/a', 'DENIED'),
      line('named//null-/bin/sh', '/b'),
      line('named', '/c', 'AUDIT'),
      line('other', '/d'),
    ].flatMap((text): readonly AuditRecord[] => {
      const read = parseTrailLine(text);
      return read.is === 'record' ? [read.record] : [];
    });
    const trail = value({ records, unparsed: [], lost: 2, whole: true, cursor: noted.state.cursor });
    expect(sightOf(answers({ trail }), named, 10_600).trail).toMatchObject({
      value: {
        denials: [
          { what: 'open /a r', count: 2, last: 10_300 },
          { what: 'open /b r', count: 1 },
        ],
        lost: 2,
      },
    });
  });

  it('is not whole with a damaged record, which may be a denial', () => {
    const { cursor } = noted.state;
    const trail = value({ records: [], unparsed: ['apparmor="DEN'], lost: 0, whole: true, cursor });
    expect(sightOf(answers({ trail }), named, 10_600).trail).toMatchObject({ value: { whole: false } });
  });

  it('knows no policy where the kernel can’t be asked, and no exercise where named gives no counters', () => {
    const counts = unknown('rndc stats gave no counters');
    const sight = sightOf(answers({ evidence: evidence({ counts }) }), named, 10_600);
    expect(sight).toMatchObject({ policy: { is: 'unknown' }, exercise: { is: 'unknown' } });
  });
});
