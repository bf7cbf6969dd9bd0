import { describe, expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import { Exit, InputError } from '../../src/errors.ts';
import type { Event, HostOutcome } from '../../src/events.ts';
import { exitCode } from '../../src/fleet/exit.ts';
import { modules as allModules } from '../../modules/index.ts';
import { changeFleet } from '../../src/fleet/change.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import { planFleet } from '../../src/fleet/run.ts';
import type { Located } from '../../src/fleet/targets.ts';
import type { ModuleDefinition } from '../../src/module-api.ts';
import type { HostTasks, RunPlay, Size } from '../../src/playbook/types.ts';
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

const says = (stdout: Buffer | string) => ({
  status: { is: 'exited', code: 0 } as const,
  stdout: Buffer.from(stdout),
  stderr: Buffer.alloc(0),
});
const answers: Run = async (script) => says(answerOf(script));
const changes = (script: string): boolean => script.includes('/run/confine/packages-');
/** What it was told to bring fails on it. */
const undone: Run = async (script) =>
  says(changes(script) ? 'outcome\tundone\nreason\tno DNS\n' : answerOf(script));
const fails =
  (error: unknown): Run =>
  () =>
    Promise.reject(error);

/** A fleet whose hosts run trips as given by name, and what became of it. */
function fleetOf(runs: Readonly<Record<string, Run>>, more: Partial<Fleet> = {}) {
  const events: Event[] = [];
  const open = new Set<string>();
  /** Hosts, in the order in which they were changed. */
  const changed: string[] = [];
  const installed = new Map<string, readonly string[]>();
  const bring = (host: string, ...names: readonly string[]) =>
    void installed.set(host, [...(installed.get(host) ?? ['dpkg']), ...names]);
  const forget = (host: string) => installed.delete(host);
  const brings =
    (host: string): Run =>
    async (script) => {
      if (!changes(script))
        return says(
          answerOf(script, (installed.get(host) ?? ['dpkg']).map((it) => `${it}\tii \t1\n`).join('')),
        );
      changed.push(host);
      bring(host, ...wanted);
      return says('outcome\tcommitted\n');
    };
  const stopping = new AbortController();
  const fleet: Fleet = {
    transport: {
      connect: async ({ host }) => {
        open.add(host);
        return { host, run: runs[host] ?? brings(host), close: async () => void open.delete(host) };
      },
    },
    modules: new Map<string, ModuleDefinition>(),
    forks: 20,
    breakHolds: false,
    allowUntested: false,
    lockWait: 0,
    stop: stopping.signal,
    emit: (event) => events.push(event),
    ...more,
  };
  const ends = () =>
    Object.fromEntries(events.flatMap((it) => (it.event === 'host-ended' ? [[it.host, it.outcome.is]] : [])));
  return { fleet, events, open, changed, bring, forget, stopping, ends };
}

const at = (
  name: string,
  tasks: HostTasks['tasks'] = [],
  plays: HostTasks['plays'] = [],
): Located<HostTasks> => {
  const host = HostName.parse(name);
  const vars = { names: () => [], has: () => false, get: () => undefined, at: () => undefined };
  return {
    it: { host, plays, groups: [], vars, tasks, excluded: [], become: undefined },
    target: { ...localTarget(), host },
    warnings: [],
  };
};

const wanted = ['auditd', 'acl'];
const hostsOf = (hosts: number): Size => ({ is: 'hosts', hosts });
const differing = (name: string, plays: HostTasks['plays'] = []) =>
  at(name, [task({ package: { names: wanted } })], plays);
/** Hosts ns1, ns2, … of one play that want packages. */
const differingHosts = (count: number, terms: Partial<RunPlay>) => {
  const play = { name: 'p', serial: [], maxFail: undefined, ...terms };
  return Array.from({ length: count }, (_, i) => differing(`ns${i + 1}`, [play]));
};
const request = { who: 'me', commit: '', version: '0', baseline: 'required', deadline: 1 } as const;
const yes = () => Promise.resolve(true);

const hosts = [at('ns1'), at('ns2'), at('ns3')];
const ns2 = HostName.parse('ns2');

/** The fleet, with something that happens behind its events. */
const hook = (fleet: Fleet, then: (event: Event) => unknown): Fleet => ({
  ...fleet,
  emit: (event) => {
    fleet.emit(event);
    then(event);
  },
});

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
    const { fleet, ends, open, changed, stopping } = fleetOf({}, { modules: allModules });
    await changeFleet(fleet, [differing('ns1')], request, async () => {
      expect([...open]).toEqual(['ns1']);
      stopping.abort();
      return true;
    });
    expect(ends()).toEqual({ ns1: 'untouched' });
    expect(changed).toEqual([]);
    expect([...open]).toEqual([]);
  });

  it('further batches are not started', async () => {
    const { fleet, ends, open, changed, stopping } = fleetOf({}, { modules: allModules });
    const stops = hook(fleet, (event) => event.event === 'host-started' && stopping.abort());
    const outcomes = await changeFleet(stops, differingHosts(3, { serial: [hostsOf(1)] }), request, yes);
    expect(changed).toEqual(['ns1']);
    expect(outcomes.map((it) => it.is)).toEqual(['committed', 'untouched', 'untouched']);
    expect(exitCode(outcomes, false)).toBe(Exit.interrupted);
    expect(ends()).toEqual({ ns1: 'committed', ns2: 'untouched', ns3: 'untouched' });
    expect([...open]).toEqual([]);
  });
});

it('a connection that is lost while the host changes says where the outcome is', async () => {
  let trips = 0;
  const { fleet, events, open } = fleetOf(
    {
      ns2: async (script) => {
        trips += 1;
        if (trips > 1) throw new TransportError(ns2, 'lost', 'broken', 'run again');
        return answers(script);
      },
    },
    { modules: allModules },
  );
  await changeFleet(fleet, [differing('ns2')], request, yes);
  expect(events.at(-1)).toMatchObject({
    outcome: { is: 'unknown', hint: expect.stringContaining('finishes by itself') },
  });
  expect([...open]).toEqual([]);
});

it('hosts that a person leaves alone keep their changes pending', async () => {
  const { fleet, ends, open, changed } = fleetOf({}, { modules: allModules });
  await changeFleet(fleet, differingHosts(2, { serial: [hostsOf(1)] }), request, async () => false);
  expect(ends()).toEqual({ ns1: 'pending', ns2: 'pending' });
  expect(changed).toEqual([]);
  expect([...open]).toEqual([]);
});

describe('batches', () => {
  const inTwos = { serial: [hostsOf(2)] };

  it('have their turn one after the other, behind one question, with no connection held for later', async () => {
    const { fleet, events, open, changed } = fleetOf({}, { modules: allModules });
    const held: string[][] = [];
    let questions = 0;
    const outcomes = await changeFleet(fleet, differingHosts(5, inTwos), request, async (differ) => {
      held.push([...open]);
      questions += differ;
      return true;
    });
    expect(held).toEqual([['ns1', 'ns2']]);
    expect(questions).toBe(5);
    expect(changed.map((it) => it.replace('ns', ''))).toEqual(['1', '2', '3', '4', '5']);
    expect(outcomes.map((it) => it.is)).toEqual(Array(5).fill('committed'));
    const told = events.flatMap((it): (string | number)[] =>
      it.event === 'batch-started' ? [it.hosts.length] : it.event === 'host-ended' ? [it.outcome.is] : [],
    );
    const one = ['committed', 'committed'];
    expect(told).toEqual([2, ...one, 2, ...one, 1, 'committed']);
    expect([...open]).toEqual([]);
  });

  it('that have begun finish, and no further host starts, once the budget is spent', async () => {
    const { fleet, changed, events, open } = fleetOf({ ns3: undone }, { modules: allModules });
    const strict = { ...inTwos, maxFail: 10 };
    const outcomes = await changeFleet(fleet, differingHosts(6, strict), request, yes);
    expect(changed).toEqual(['ns1', 'ns2', 'ns4']);
    const [ok, not] = ['committed', 'untouched'];
    expect(outcomes.map((it) => it.is)).toEqual([ok, ok, 'undone', ok, not, not]);
    expect(exitCode(outcomes, false)).toBe(Exit.undone);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'warning', message: expect.stringContaining('1 of 6 hosts of "p"') }),
    );
    expect([...open]).toEqual([]);
  });

  it('are not even asked for where hosts that can’t be reached spend the budget', async () => {
    const gone = fails(new TransportError(ns2, 'lost', 'nobody there'));
    const { fleet, changed, open } = fleetOf({ ns2: gone }, { modules: allModules });
    const never = () => Promise.reject(new Error('asked'));
    const outcomes = await changeFleet(fleet, differingHosts(3, { maxFail: 20 }), request, never);
    expect(outcomes.map((it) => it.is).toSorted()).toEqual(['unreachable', 'untouched', 'untouched']);
    expect(exitCode(outcomes, false)).toBe(Exit.unreachable);
    expect(changed).toEqual([]);
    expect([...open]).toEqual([]);
  });

  it('that failed as a whole are the last, where no budget says otherwise', async () => {
    const runs = { ns1: undone, ns2: undone };
    const first = fleetOf(runs, { modules: allModules });
    await changeFleet(first.fleet, differingHosts(3, inTwos), request, yes);
    expect(first.ends()).toEqual({ ns1: 'undone', ns2: 'undone', ns3: 'untouched' });
    const second = fleetOf(runs, { modules: allModules });
    await changeFleet(second.fleet, differingHosts(3, { ...inTwos, maxFail: 70 }), request, yes);
    expect(second.ends()).toEqual({ ns1: 'undone', ns2: 'undone', ns3: 'committed' });
  });

  it('leave alone a host that was changed by somebody else before its turn', async () => {
    const { fleet, ends, changed, bring, forget, open } = fleetOf({}, { modules: allModules });
    bring('ns2', 'acl');
    const meddled = hook(fleet, (event) => {
      if (event.event === 'host-ended' && event.host === 'ns1') forget('ns2');
      if (event.event === 'host-ended' && event.host === 'ns2') bring('ns3', ...wanted);
    });
    await changeFleet(meddled, differingHosts(3, { serial: [hostsOf(1)], maxFail: 50 }), request, yes);
    expect(changed).toEqual(['ns1']);
    expect(ends()).toEqual({ ns1: 'committed', ns2: 'stale', ns3: 'in-sync' });
    expect([...open]).toEqual([]);
  });
});

describe('a host that another run holds', () => {
  /** Held for so many trips; what happens when it is let go, and what every trip was. */
  function held(
    trips: number,
    more: Partial<Fleet>,
    then: (it: ReturnType<typeof fleetOf>) => void = () => {},
  ) {
    const asked: string[] = [];
    let left = trips;
    const it = fleetOf({}, { modules: allModules, ...more });
    const { connect } = it.fleet.transport;
    const fleet: Fleet = {
      ...it.fleet,
      transport: {
        connect: async (target) => {
          const connection = await connect(target);
          const run: Run = async (script, options) => {
            const waits = /^await_lock \d+$/m.test(script);
            asked.push(waits ? 'waits' : changes(script) ? 'changes' : 'looks');
            if (!waits && !changes(script)) return connection.run(script, options);
            left -= 1;
            if (left === 0) then(it);
            if (left < 0 || (waits && left === 0)) return waits ? says('') : connection.run(script, options);
            return says(waits ? 'alice since noon\n' : 'outcome\tlocked\nreason\talice since noon\n');
          };
          return { ...connection, run };
        },
      },
    };
    return { ...it, fleet, asked };
  }
  const waits = (events: readonly Event[]) =>
    events.flatMap((it) => (it.event === 'host-progress' && it.step === 'waiting' ? [it.detail] : []));

  it('is locked at once, without a wait', async () => {
    const { fleet, ends, asked } = held(1, { lockWait: 0 });
    await changeFleet(fleet, [differing('ns1')], request, yes);
    expect(ends()).toEqual({ ns1: 'locked' });
    expect(asked).toEqual(['looks', 'changes']);
  });

  it('is waited for, told once with who holds it, looked at again, and changed', async () => {
    const { fleet, ends, asked, events } = held(3, { lockWait: 60 });
    await changeFleet(fleet, [differing('ns1')], request, yes);
    expect(ends()).toEqual({ ns1: 'committed' });
    expect(asked).toEqual(['looks', 'changes', 'waits', 'waits', 'looks', 'changes', 'looks']);
    expect(waits(events)).toEqual(['alice since noon']);
  });

  it('is in sync where the other run did the same', async () => {
    const same = held(2, { lockWait: 60 }, ({ bring }) => bring('ns1', ...wanted));
    await changeFleet(same.fleet, [differing('ns1')], request, yes);
    expect(same.ends()).toEqual({ ns1: 'in-sync' });
    expect(same.changed).toEqual([]);
  });

  it('is let go by an interrupt', async () => {
    const { fleet, ends, changed, open } = held(2, { lockWait: 60 }, ({ stopping }) => stopping.abort());
    await changeFleet(fleet, [differing('ns1')], request, yes);
    expect(ends()).toEqual({ ns1: 'untouched' });
    expect(changed).toEqual([]);
    expect([...open]).toEqual([]);
  });
});
