import { expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import type { Event } from '../../src/events.ts';
import type { Attestation } from '../../src/fleet/attestation.ts';
import { absent, unknown } from '../../src/observe/observation.ts';
import { issuesOf } from '../../src/report/issues.ts';
import { standingOf } from '../../src/report/standing.ts';
import type { RolloutSummary } from '../../src/rollout/summary.ts';
import { attested, denial, process, running, trail } from '../support/attested.ts';
import { member, runWith } from '../support/fleet-run.ts';

it.each<[string, Partial<Attestation>, string]>([
  ['nothing stands out', {}, 'good'],
  ['named runs unconfined', { named: running(process('unconfined')) }, 'open'],
  ['its policy only records', { named: running(process('named (complain)')) }, 'weak'],
  ['no module labels processes', { named: running(process('')) }, 'weak'],
  ['something was denied', { trail: trail({ denials: [denial] }) }, 'alarm'],
  ['named does not run', { named: running(process(''), { process: absent }) }, 'broken'],
  ['the label is unknown', { named: running({ ...process(''), label: unknown('no') }) }, 'dark'],
  ['the processes are unknown', { named: unknown('no') }, 'dark'],
  ['the unit is unknown', { unit: unknown('no') }, 'dark'],
  ['holds are unknown', { holds: unknown('no') }, 'weak'],
])('where %s, a host stands as told', (_, more, standing) => {
  const status = attested(more);
  const run = runWith('status', [member(0, 'ns1')], [{ event: 'host-status', schemaVersion: 1, ...status }]);
  expect(run.hosts.map(standingOf)).toEqual([standing]);
});

it('hosts of a rollout stand where their stages say, and what blocks them is told once for all', () => {
  const stages = ['done', 'soaking', 'back', 'unseen', 'new'] as const;
  const hosts = stages.map((stage, i) => ({ host: HostName.parse(`ns${i + 1}`), wave: 0, stage }));
  const summary: RolloutSummary = {
    name: 'Enforce',
    is: 'back',
    paused: undefined,
    waves: [],
    blocks: [
      {
        kind: 'back',
        what: 'a zone was lost',
        command: undefined,
        hosts: hosts.slice(2, 3).map(({ host }) => host),
      },
      {
        kind: 'not-proven',
        what: 'no reload',
        command: 'rndc reload',
        hosts: hosts.slice(0, 2).map(({ host }) => host),
      },
    ],
    due: [],
    hosts,
  };
  const told: readonly Event[] = [
    { event: 'rollout', summary, next: [] },
    {
      event: 'host-ended',
      host: 'ns4',
      outcome: { is: 'unreachable', failure: '', reason: 'no', hint: undefined },
    },
  ];
  const run = runWith(
    'rollout advance',
    hosts.map(({ host }, i) => member(i, host)),
    told,
  );
  expect(run.hosts.map(standingOf)).toEqual(['good', 'held', 'failed', 'dark', 'pending']);
  expect(issuesOf(run).map(({ level, message, hosts: those }) => [level, message, those])).toEqual([
    ['error', 'unreachable: no', ['ns4']],
    ['error', 'rollout Enforce: a zone was lost', ['ns3']],
    ['note', 'rollout Enforce: no reload', ['ns1', 'ns2']],
  ]);
});
