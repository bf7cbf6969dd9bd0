import { describe, expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import { Exit, InputError } from '../../src/errors.ts';
import type { Event, HostOutcome } from '../../src/events.ts';
import { exitCode } from '../../src/fleet/exit.ts';
import { applyFleet, leaveFleet, planFleet, surveyFleet, type Fleet } from '../../src/fleet/run.ts';
import type { Located } from '../../src/fleet/targets.ts';
import type { ModuleDefinition } from '../../src/module-api.ts';
import type { HostTasks } from '../../src/playbook/types.ts';
import { TransportError, type Connection } from '../../src/transport/transport.ts';
import { localTarget } from '../support/targets.ts';
import { task } from '../support/host.ts';

/** What a Debian 12 answers to a script, with packages that are installed. */
function answerOf(script: string, packages = 'dpkg\tii \t1.21\n'): Buffer {
  const nonce = /^nonce=(\w+)$/m.exec(script)?.[1] ?? '';
  const frames = {
    'host uid': '0\t0\t0\t0\n',
    'host os-release': 'ID=debian\nVERSION_ID="12"\n',
    'packages list': packages,
    'p0 asked': '',
    end: '',
  };
  return Buffer.from(
    Object.entries(frames)
      .map(([key, text]) => `\n@${nonce} ${key}\n${text}`)
      .join(''),
  );
}

type Run = Connection['run'];

const answers: Run = async (script) => ({
  status: { is: 'exited', code: 0 },
  stdout: answerOf(script),
  stderr: Buffer.alloc(0),
});
const fails =
  (error: unknown): Run =>
  () =>
    Promise.reject(error);

/** A fleet whose hosts run trips as given by name, and what became of it. */
function fleetOf(runs: Readonly<Record<string, Run>>, more: Partial<Fleet> = {}) {
  const events: Event[] = [];
  const open = new Set<string>();
  const stopping = new AbortController();
  const fleet: Fleet = {
    transport: {
      connect: async ({ host }) => {
        open.add(host);
        return { host, run: runs[host] ?? answers, close: async () => void open.delete(host) };
      },
    },
    modules: new Map<string, ModuleDefinition>(),
    forks: 20,
    breakHolds: false,
    allowUntested: false,
    stop: stopping.signal,
    emit: (event) => events.push(event),
    ...more,
  };
  const ends = () =>
    Object.fromEntries(events.flatMap((it) => (it.event === 'host-ended' ? [[it.host, it.outcome.is]] : [])));
  return { fleet, events, open, stopping, ends };
}

const at = (name: string, tasks: HostTasks['tasks'] = []): Located<HostTasks> => {
  const host = HostName.parse(name);
  const vars = { names: () => [], has: () => false, get: () => undefined, at: () => undefined };
  return {
    it: { host, groups: [], vars, tasks, excluded: [], become: undefined },
    target: { ...localTarget(), host },
    warnings: [],
  };
};

const hosts = [at('ns1'), at('ns2'), at('ns3')];
const ns2 = HostName.parse('ns2');

describe('what goes wrong on one host stays there', () => {
  it.each<[string, unknown, HostOutcome['is'], number]>([
    ['a connection that breaks', new TransportError(ns2, 'lost', 'broken'), 'unreachable', Exit.unreachable],
    ['a defect of confine', new TypeError('x is not a function'), 'crashed', Exit.internal],
    ['a throw of no error', 'text', 'crashed', Exit.internal],
    ['a condition that can’t be decided', new InputError([]), 'rejected', Exit.rejected],
  ])('%s', async (_, error, is, code) => {
    const { fleet, ends, open } = fleetOf({ ns2: fails(error) });
    const outcomes = await planFleet(fleet, hosts);
    expect(ends()).toEqual({ ns1: 'in-sync', ns2: is, ns3: 'in-sync' });
    expect(exitCode(outcomes, false)).toBe(code);
    expect([...open]).toEqual([]);
  });

  it('a module that throws', async () => {
    const throwing = {
      name: 'throwing',
      observe: () => {
        throw new Error('no such key');
      },
    } as unknown as ModuleDefinition;
    const { fleet, ends, events, open } = fleetOf({}, { modules: new Map([['throwing', throwing]]) });
    const bad = at('ns2', [{ ...task({ package: { names: ['dpkg'] } }), module: 'throwing' }]);
    await planFleet(fleet, [at('ns1'), bad]);
    expect(ends()).toEqual({ ns1: 'in-sync', ns2: 'crashed' });
    expect(events.find((it) => it.event === 'host-ended' && it.host === 'ns2')).toMatchObject({
      outcome: { reason: 'no such key', stack: expect.stringContaining('fleet.test.ts') },
    });
    expect([...open]).toEqual([]);
  });
});

it('a defect is graver than anything that is known', () => {
  const crashed: HostOutcome = { is: 'crashed', reason: '', stack: '' };
  const unhealthy: HostOutcome = { is: 'unhealthy', reason: '', log: [] };
  expect(exitCode([unhealthy, crashed, { is: 'in-sync' }], false)).toBe(Exit.internal);
});

describe('once stopped', () => {
  it('hosts in flight finish, and no other is started', async () => {
    const { fleet, ends, open, stopping } = fleetOf(
      {
        ns1: async (script) => {
          stopping.abort();
          return answers(script);
        },
      },
      { forks: 1 },
    );
    await planFleet(fleet, hosts);
    expect(ends()).toEqual({ ns1: 'in-sync', ns2: 'untouched', ns3: 'untouched' });
    expect([...open]).toEqual([]);
  });

  it('hosts that were only looked at are not changed', async () => {
    const trips: string[] = [];
    const { modules } = await import('../../modules/index.ts');
    const count: Run = async (script, options) => {
      trips.push(script);
      return answers(script, options);
    };
    const { fleet, ends, open, stopping } = fleetOf({ ns1: count }, { modules });
    const different = at('ns1', [task({ package: { names: ['auditd'] } })]);
    const { surveyed } = await surveyFleet(fleet, [different]);
    expect([...open]).toEqual(['ns1']);
    stopping.abort();
    const request = { who: 'me', commit: '', version: '0', baseline: 'required', deadline: 1 } as const;
    await applyFleet(fleet, surveyed, request);
    expect(ends()).toEqual({ ns1: 'untouched' });
    expect(trips).toHaveLength(1);
    expect([...open]).toEqual([]);
  });
});

it('a connection that is lost while the host changes says where the outcome is', async () => {
  const { modules } = await import('../../modules/index.ts');
  let trips = 0;
  const { fleet, events, open } = fleetOf(
    {
      ns2: async (script) => {
        trips += 1;
        if (trips > 1) throw new TransportError(ns2, 'lost', 'broken', 'run again');
        return answers(script);
      },
    },
    { modules },
  );
  const { surveyed } = await surveyFleet(fleet, [at('ns2', [task({ package: { names: ['auditd'] } })])]);
  const request = { who: 'me', commit: '', version: '0', baseline: 'required', deadline: 1 } as const;
  await applyFleet(fleet, surveyed, request);
  expect(events.at(-1)).toMatchObject({
    outcome: { is: 'unknown', hint: expect.stringContaining('finishes by itself') },
  });
  expect([...open]).toEqual([]);
});

it('hosts that a person leaves alone keep their changes pending', async () => {
  const { modules } = await import('../../modules/index.ts');
  const { fleet, ends, open } = fleetOf({}, { modules });
  const { surveyed } = await surveyFleet(fleet, [at('ns1', [task({ package: { names: ['auditd'] } })])]);
  await leaveFleet(fleet, surveyed);
  expect(ends()).toEqual({ ns1: 'pending' });
  expect([...open]).toEqual([]);
});
