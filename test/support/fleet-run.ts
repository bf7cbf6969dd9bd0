import { AbsolutePath } from '../../src/brand.ts';
import type { Event, HostOutcome, Member } from '../../src/events.ts';
import type { Attestation } from '../../src/fleet/attestation.ts';
import { driftFindings } from '../../src/fleet/findings.ts';
import { absent, unknown, value } from '../../src/observe/observation.ts';
import type { HostPlan, TaskPlan } from '../../src/plan/types.ts';
import { runOf, type Run, type Told } from '../../src/report/run.ts';
import { attested, denial, process, running, trail, unit } from './attested.ts';
import { hostPlan, textFile } from './plan.ts';

const book = 'playbooks/harden.yml';

const started = (command: string, members: readonly Member[]): Event => ({
  event: 'run-started',
  schemaVersion: 1,
  command,
  version: '0.1.0',
  commit: '7b1f0c9d24aa4e2f8b6c1d3e5f708192a3b4c5d6',
  hosts: members.map(({ host }) => host),
  members,
});

const told = (command: string, events: readonly Event[]): Told => ({
  command,
  version: '0.1.0',
  started: new Date('2026-11-23T20:33:20Z'),
  folder: '/srv/dns',
  files: [book, 'inventory/hosts.yml'],
  events,
});

const sites = ['ams', 'fra', 'sin', 'lon'];

/** The i-th host of a fleet: a tenth are primaries, the rest secondaries and resolvers, over four sites. */
export function member(i: number, name?: string): Member {
  const role = i % 10 === 0 ? 'primaries' : i % 3 === 0 ? 'resolvers' : 'secondaries';
  const site = sites[i % sites.length] ?? '';
  return {
    host: name ?? `ns${String(i + 1).padStart(3, '0')}.${site}.example.org`,
    groups: ['nameservers', role],
    at: { file: 'inventory/hosts.yml', line: i + 3, col: 5 },
    rollout: { name: 'Enforce', wave: i % 10 === 0 ? 0 : i % 3 === 0 ? 1 : 2 },
  };
}

/** A plan whose tasks are the drop-in of the sandbox, which changes, and a mode. */
export function planOf(host: string, tasks: readonly TaskPlan['result'][] = [dropIn('yes')]): HostPlan {
  const state = tasks.some(({ is }) => is === 'refused' || is === 'unknown')
    ? 'blocked'
    : tasks.some(({ is }) => is === 'changes')
      ? 'changes'
      : 'in-sync';
  return hostPlan(host, {
    tasks: tasks.map((result, i) => ({
      name: ['Sandbox the unit', 'Enforce'][i] ?? `Task ${i + 1}`,
      module: ['systemd_dropin', 'apparmor_mode'][i] ?? 'service',
      at: { file: book, line: 12 + 6 * i, col: 7 },
      result,
    })),
    changes: tasks.flatMap((it) => (it.is === 'changes' ? it.changes : [])),
    state,
  });
}

const text = (home: string) => `[Service]\nPrivateTmp=yes\nProtectHome=${home}\nProtectSystem=strict\n`;

/** A drop-in that somebody changed: `home` is what the playbook wants back. */
export function dropIn(home: string): TaskPlan['result'] {
  const node = (content: string) => value(textFile(content));
  return {
    is: 'changes',
    changes: [
      {
        change: 'file',
        path: AbsolutePath.parse('/etc/systemd/system/named.service.d/50-confine.conf'),
        before: node(text('no')),
        after: node(text(home)),
      },
    ],
  };
}

/** What is odd about some hosts of a fleet; all others are confined and proven. */
function oddity(i: number): Partial<Attestation> {
  const at = 1795465279;
  if (i % 97 === 13) return { named: running(process('unconfined')) };
  if (i % 61 === 7) return { named: running(process('named (complain)')), exposure: value(6.2) };
  if (i % 83 === 20) return { trail: trail({ denials: [{ ...denial, count: (i % 4) + 1 }] }) };
  if (i % 89 === 5)
    return {
      trail: trail({ denials: [{ ...denial, verdict: 'KILLED', name: '/proc/1/environ', count: 1 }] }),
      unit: value({ ...unit, restarts: 3 }),
    };
  if (i % 71 === 9)
    return {
      holds: value([
        {
          id: 'h1',
          kind: 'relax',
          who: 'alice@ws',
          why: 'a migration',
          since: at,
          until: at + 90_000,
          mechanisms: ['sandbox'],
          files: [],
          profiles: [],
        },
      ]),
    };
  if (i % 113 === 30) return { trail: trail({}, { audit: unknown('auditctl did not answer') }) };
  return {};
}

/** The status of a fleet in which most is well. */
export function statusRun(count: number): Run {
  const members = Array.from({ length: count }, (_, i) => member(i));
  const looks = members.map(({ host }, i): Event => {
    if (i % 101 === 44)
      return {
        event: 'host-status',
        schemaVersion: 1,
        is: 'ended',
        host,
        outcome: {
          is: 'unreachable',
          failure: 'timeout',
          reason: 'no answer within 10 s',
          hint: 'is the host up, and its address right?',
        },
      };
    const last = value({
      id: 't',
      outcome: 'committed',
      reason: '',
      who: 'alice@ws',
      commit: '',
      at: 1795379000 + i,
    });
    const status = attested({ last: i % 7 === 0 ? absent : last, ...oddity(i) }, host);
    if (status.is !== 'attested') throw new Error('attested() gives what its name says');
    const plan = planOf(host, [i % 59 === 3 ? dropIn('yes') : { is: 'in-sync' }, { is: 'in-sync' }]);
    const findings = [...driftFindings(plan), ...status.findings];
    return { event: 'host-status', schemaVersion: 1, ...status, plan, findings };
  });
  return runOf(
    told('status', [started('status', members), ...looks, { event: 'run-ended', exit: 4, seconds: 7.4 }]),
  );
}

/** An apply over three hosts per outcome, with their plans. */
export function applyRun(outcomes: readonly HostOutcome[], names: readonly string[] = []): Run {
  const members = outcomes.map((_, i) => member(i, names[i]));
  const events = members.flatMap(({ host }, i): Event[] => [
    { event: 'host-planned', host, plan: planOf(host) },
    { event: 'host-ended', host, outcome: outcomes[i] ?? { is: 'in-sync' } },
  ]);
  return runOf(
    told('apply', [started('apply', members), ...events, { event: 'run-ended', exit: 7, seconds: 31 }]),
  );
}

/** A run of a command with these events behind its start, over these hosts. */
export const runWith = (command: string, members: readonly Member[], events: readonly Event[]): Run =>
  runOf(told(command, [started(command, members), ...events]));
