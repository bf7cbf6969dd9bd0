import { describe, expect, it } from 'vitest';
import type { HostStatus } from '../../src/fleet/status.ts';
import { absent, unknown, value } from '../../src/observe/observation.ts';
import { prometheus } from '../../src/report/prometheus.ts';
import { attested, denial, process, running, trail, unit } from '../support/attested.ts';
import { dropIn, member, planOf, runWith, statusRun } from '../support/fleet-run.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads the text format as strictly as promtool does: HELP, TYPE, then all samples of a family in one block, each of
 * its labels once, no sample twice, a newline at the end.
 */
function read(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  const seen = new Set<string>();
  expect(text.endsWith('\n')).toBe(true);
  let family = '';
  const lines = text.slice(0, -1).split('\n');
  for (const [i, line] of lines.entries()) {
    const [, of, name = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (?:[^\\]|\\[\\n])+$/.exec(line) ?? [];
    if (of === 'HELP') {
      expect([line, seen.has(name)]).toEqual([line, false]);
      seen.add(name);
      family = name;
      expect(lines[i + 1]).toMatch(new RegExp(`^# TYPE ${name} (gauge|counter)$`));
      continue;
    }
    if (of === 'TYPE') {
      expect(line.endsWith(' counter')).toBe(name.endsWith('_total'));
      continue;
    }
    const [, sample = '', pairs = '', number = ''] =
      /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?=.)|(?=\})))+)\})? (-?\d+(?:\.\d+)?)$/.exec(
        line,
      ) ?? [];
    expect([line, sample]).toEqual([line, family]);
    const labels = [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', it = '']) => [
      key,
      it.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]);
    const key = `${sample} ${JSON.stringify(Object.fromEntries(labels))}`;
    expect([line, seen.has(key)]).toEqual([line, false]);
    seen.add(key);
    samples.push({ name: sample, labels: Object.fromEntries(labels), value: Number(number) });
  }
  return samples;
}

/** The metrics of one host, by name and the labels that they have besides it. */
function metricsOf(status: HostStatus): Readonly<Record<string, number>> {
  const run = runWith(
    'status',
    [member(0, status.host)],
    [{ event: 'host-status', schemaVersion: 1, ...status }],
  );
  return Object.fromEntries(
    read(prometheus(run)).map(({ name, labels: { host, ...labels }, value: it }) => [
      [name.replace('confine_', ''), ...Object.values(labels)].join(' '),
      host === undefined || host === status.host ? it : Number.NaN,
    ]),
  );
}

describe('metrics of a host', () => {
  it('that is confined and proven', () => {
    expect(metricsOf(attested())).toEqual({
      up: 1,
      'named_label_info apparmor named (enforce) enforce': 1,
      named_enforced: 1,
      named_as_declared: 1,
      named_proven_start: 1,
      named_exposure: 3,
      named_restarts_total: 0,
      'denials DENIED': 0,
      'denials KILLED': 0,
      sigsys: 0,
      records_whole: 1,
      audit_lost_records: 0,
      audit_suppressed_messages: 0,
      'holds rollout': 0,
      'holds relax': 0,
      'holds audit': 0,
      'findings alarm': 0,
      'findings warning': 0,
      'findings unknown': 0,
      'findings note': 0,
      attestation_timestamp_seconds: 1795466000,
      run_timestamp_seconds: 1795466000,
    });
  });

  it('on which much goes wrong', () => {
    const bad = attested({
      named: running(process('named (complain)')),
      unit: value({ ...unit, restarts: 4, stale: ['its files changed'], proven: absent }),
      trail: trail(
        {
          denials: [denial, { ...denial, verdict: 'KILLED', count: 3 }, { ...denial, profile: 'cupsd' }],
          sigsys: [{ at: 1, exe: '/usr/sbin/named', command: 'named' }],
          suppressed: 7,
          whole: false,
        },
        {
          audit: value({ enabled: true, pid: 9, lost: 12, backlog: 0, backlogLimit: 64, panics: false }),
        },
      ),
    });
    const plan = planOf('ns1', [dropIn('yes'), { is: 'in-sync' }]);
    expect(metricsOf({ ...bad, plan } as HostStatus)).toMatchObject({
      'named_label_info apparmor named (complain) complain': 1,
      named_enforced: 0,
      named_as_declared: 0,
      named_proven_start: 0,
      drift_tasks: 1,
      named_restarts_total: 4,
      'denials DENIED': 2,
      'denials KILLED': 3,
      sigsys: 1,
      records_whole: 0,
      audit_lost_records: 12,
      audit_suppressed_messages: 7,
    });
  });

  it('that could not be asked are none, and no zero', () => {
    const blind = attested({
      named: unknown('no'),
      unit: unknown('no'),
      trail: unknown('no'),
      holds: unknown('no'),
    });
    expect(Object.keys(metricsOf(blind)).filter((it) => !it.startsWith('findings'))).toEqual([
      'up',
      'named_exposure',
      'attestation_timestamp_seconds',
      'run_timestamp_seconds',
    ]);
    expect(metricsOf({ is: 'ended', host: 'ns1', outcome: { is: 'in-sync' } })).toEqual({
      up: 0,
      run_timestamp_seconds: 1795466000,
    });
  });

  it('keep a label whatever is in it', () => {
    const label = 'a"b\\c\nd (enforce)';
    const status = attested({
      named: running({
        ...process('named (enforce)'),
        label: value({ module: 'apparmor', text: label, profiles: [], mode: 'enforce' }),
      }),
    });
    expect(Object.keys(metricsOf(status))).toContain(`named_label_info apparmor ${label} enforce`);
  });
});

it('of a fleet are families in one block each', () => {
  const up = read(prometheus(statusRun(500))).filter(({ name }) => name === 'confine_up');
  expect(up).toHaveLength(500);
  expect(up.filter((it) => it.value === 0)).toHaveLength(5);
});
