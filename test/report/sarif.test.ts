import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv4 from 'ajv-draft-04';
import formats from 'ajv-formats';
import type { Log, Result } from 'sarif';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events.ts';
import type { Run } from '../../src/report/run.ts';
import { sarif } from '../../src/report/sarif.ts';
import { applyRun, dropIn, member, planOf, runWith, statusRun } from '../support/fleet-run.ts';

// The schema of OASIS, as the package carries it.
const schema = JSON.parse(
  readFileSync(
    createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'),
    'utf8',
  ),
) as object;
const ajv = new Ajv4.default({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const valid = ajv.compile(schema);

function results(run: Run): readonly Result[] {
  const log = JSON.parse(sarif(run)) as Log;
  valid(log);
  expect(valid.errors ?? []).toEqual([]);
  return log.runs[0]?.results ?? [];
}

const finding = (line: number, message: string): Event => ({
  event: 'finding',
  schemaVersion: 1,
  severity: 'error',
  finding: { at: { file: '/srv/dns/playbooks/a b:c.yml', line, col: 3 }, message, rule: 'unknown-key' },
});

describe('SARIF', () => {
  it('of a run in which nothing stands out is valid, and has no result', () => {
    expect(results(runWith('check', [], []))).toEqual([]);
  });

  it('points at the line of the playbook, and names the hosts beside it', () => {
    const [drift] = results(statusRun(120)).filter(({ ruleId }) => ruleId === 'drift');
    expect(drift).toMatchObject({
      level: 'warning',
      message: { text: expect.stringContaining('Sandbox the unit: differs from the playbook') },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'playbooks/harden.yml' },
            region: { startLine: 12, startColumn: 7 },
          },
          logicalLocations: [{ name: 'ns004.lon.example.org' }, { name: 'ns063.sin.example.org' }],
        },
      ],
    });
  });

  it('of a transaction that was taken back points at the first task that it changed', () => {
    const [undone] = results(applyRun([{ is: 'undone', reason: 'a zone is lost', log: [] }]));
    expect(undone).toMatchObject({
      ruleId: 'outcome',
      level: 'error',
      locations: [{ physicalLocation: { region: { startLine: 12 } } }],
    });
  });

  it('has paths as URIs relative to where it was called', () => {
    const [one] = results(runWith('check', [], [finding(7, 'unknown key "a"')]));
    expect(one?.locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe('playbooks/a%20b%3Ac.yml');
  });

  it('knows a result again when its line, a number or a time in it, or its hosts are others', () => {
    const prints = (run: Run) => results(run).map(({ partialFingerprints }) => partialFingerprints);
    const warning = (host: string, message: string): Event => ({ event: 'warning', host, message });
    const told = (hosts: readonly string[], line: number, message: string) =>
      runWith(
        'plan',
        hosts.map((host, i) => member(i, host)),
        [
          finding(line, 'unknown key "a"'),
          finding(line + 1, 'unknown key "a"'),
          ...hosts.map((host) => warning(host, message)),
        ],
      );
    const before = prints(told(['ns1'], 7, '3 records lost, last at 2026-11-23T20:21Z'));
    expect(before).toHaveLength(3);
    expect(new Set(before.map((it) => JSON.stringify(it))).size).toBe(3);
    expect(prints(told(['ns1', 'ns2'], 9, '41 records lost, last at 2026-11-24T01:00Z'))).toEqual(before);
    expect(prints(told(['ns1'], 7, 'nothing is lost'))).not.toEqual(before);
  });

  it('keeps what GitHub takes: results of a file, hosts of a result', () => {
    const hosts = Array.from({ length: 300 }, (_, i) => member(i));
    const many = Array.from({ length: 25_100 }, (_, i) => finding(i + 1, `unknown key "k${i}"`));
    const planned = hosts.map(({ host }): Event => ({
      event: 'host-planned',
      host,
      plan: planOf(host, [dropIn('yes')]),
    }));
    const all = results(runWith('plan', hosts, [...planned, ...many]));
    expect(all).toHaveLength(25_000);
    const [pending] = results(runWith('plan', hosts, planned));
    expect(pending?.locations?.[0]?.logicalLocations).toHaveLength(100);
    expect(pending?.message.text).toContain('and 200 more');
  });
});
