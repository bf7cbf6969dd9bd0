import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decide } from '../../src/rollout/decide.ts';
import { rolloutExit } from '../../src/rollout/summary.ts';
import type { Decision, Mode, RolloutHost, Zone } from '../../src/rollout/types.ts';
import { wavesOf } from '../../src/rollout/waves.ts';
import {
  applies,
  exercise,
  look,
  pass,
  real,
  restart,
  spec,
  spoil,
  take,
  type Real,
  type Sense,
} from './world.ts';

const ns = (...names: string[]): Zone['servers'] => names.map((name) => ({ name, addresses: [] }));
const zone = (name: string, role: Zone['role'], ...names: string[]): Zone => ({
  name,
  role,
  servers: ns(...names),
});

/** Six hosts, three zones; each zone can spare one of its servers. */
const fleet = (): Real[] => [
  real('a', ['canary'], [zone('x.test', 'secondary', 'a', 'b', 'c')]),
  real('b', ['canary'], [zone('x.test', 'primary', 'a', 'b', 'c')]),
  real('c', [], [zone('x.test', 'secondary', 'a', 'b', 'c'), zone('y.test', 'primary', 'c', 'd')]),
  real('d', [], [zone('y.test', 'secondary', 'c', 'd')]),
  real('e', ['canary'], [zone('z.test', 'secondary', 'e', 'f')]),
  real('f', ['canary'], [zone('z.test', 'secondary', 'e', 'f')]),
];
const waves = wavesOf(spec, fleet());
const partners: readonly (readonly string[])[] = [
  ['a', 'b', 'c'],
  ['c', 'd'],
  ['e', 'f'],
];

const senses: readonly Sense[] = [
  'state',
  'named',
  'policy',
  'trail',
  'deaths',
  'exercise',
  'blocked',
  'zones',
];
const host = fc.nat({ max: 5 });
const when = fc.integer({ min: 1, max: 60 });
const jump = fc.integer({ min: -400, max: 400 });
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      is: fc.constant('look' as const),
      mode: fc.constantFrom<Mode[]>('advance', 'advance', 'advance', 'start'),
      taken: fc.nat({ max: 63 }),
      twice: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('pass' as const), seconds: when }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('all-is-well' as const) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('controller-clock' as const), by: jump }) },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constantFrom(
        'reboot',
        'restart',
        'death',
        'stop',
        'deny',
        'lose',
        'policy',
        'unlabel',
        'close',
        'image',
        'reach',
        'pause',
        'back',
        'host-clock' as const,
      ),
      host,
      by: jump,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('exercise' as const), host, what: fc.constantFrom(...applies) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant('blind' as const), host, sense: fc.constantFrom(...senses) }),
  },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface World {
  readonly hosts: Real[];
  now: number;
  /** What the controller's clock shows too much. */
  ahead: number;
  /** Whose clock may jump: where both do, nobody could tell. */
  readonly jumps: 'controller' | 'hosts';
}

const newWorld = (jumps: World['jumps']): World => ({ hosts: fleet(), now: 1000, ahead: 0, jumps });

function looksOf({ hosts, now }: World): readonly RolloutHost[] {
  return hosts.map((it) => look(it, now));
}

const generationOf = (it: RolloutHost): number | undefined =>
  it.sight.is === 'seen' && it.sight.sight.state.is === 'value'
    ? it.sight.sight.state.value.generation
    : undefined;

/** One or two controllers look, decide, and move some of the hosts before they die. */
function advance(world: World, mode: Mode, taken: number, twice: boolean): void {
  const looks = looksOf(world);
  const clock = world.now + world.ahead;
  const { decisions } = decide(spec, looks, clock, mode);
  expect(decide(spec, looks, clock, mode).decisions).toEqual(decisions);
  for (const decision of decisions) judge(world, mode, decision);
  for (const round of twice ? [taken, 63] : [taken])
    for (const [i, { move }] of decisions.entries()) {
      const it = world.hosts[i];
      const seen = looks[i];
      if (!it || !seen || !((round >> i) & 1)) continue;
      const before = it.state;
      if (!take(it, move, generationOf(seen), world.now, clock)) continue;
      if (move.is === 'note' && (move.state.policy !== before?.policy || move.anew?.includes('start asked')))
        it.denied = false;
      if (move.is === 'enforce') expect(before?.stage).toBe('soaking');
      if (it.state?.stage === 'soaking') expect(it.state.soaked).toBeLessThanOrEqual(it.clean + 1e-6);
      const away = (name: string) => world.hosts.some((one) => one.host === name && isAway(one));
      if (move.is === 'enforce')
        for (const set of partners)
          if (set.includes(it.host)) expect([it.host, set.filter(away).length]).toEqual([it.host, 1]);
    }
}

const isAway = (it: Real): boolean => it.state?.stage === 'watching' || !it.reachable || it.run === undefined;

/** What no decision may ever do, by the truth that no controller sees. */
function judge(world: World, mode: Mode, { host: name, wave, move, verdict }: Decision): void {
  const it = world.hosts.find((one) => one.host === name);
  if (!it) throw new Error(name);
  const isPaused =
    mode === 'advance' &&
    world.hosts.some((one) => one.reachable && one.state?.paused && !one.blind.has('state'));
  if (!it.reachable || it.blind.has('state')) expect(move.is).toBe('stay');
  if (
    move.is === 'enforce' ||
    (move.is === 'enter' && it.state?.stage !== 'back' && it.state?.stage !== 'watching')
  )
    for (const one of world.hosts)
      if ((waves.get(one.host) ?? 9) < wave) expect([one.host, one.state?.stage]).toEqual([one.host, 'done']);
  if (move.is === 'enforce') {
    expect(verdict).toEqual({ is: 'passed' });
    expect([it.clean >= spec.soak - 1e-6, it.denied, it.closed, it.label]).toEqual([
      true,
      false,
      false,
      'complain',
    ]);
    expect([...it.exercises].toSorted()).toEqual(expect.arrayContaining([...applies]));
    expect([it.blind.size, it.enforced]).toEqual([0, false]);
    expect(world.hosts.filter((one) => one.state?.stage === 'back')).toEqual([]);
  }
  if (move.is === 'finish') expect(it.state).toMatchObject({ stage: 'watching' });
  if (move.is === 'finish') expect(it.state?.soaked).toBeGreaterThanOrEqual(spec.watch);
  if (isPaused) expect(move.is).toBe('stay');
}

function happen(world: World, it: Event): void {
  const { hosts, now } = world;
  if (it.is === 'look') return advance(world, it.mode, it.taken, it.twice);
  if (it.is === 'pass') {
    world.now += it.seconds;
    for (const one of hosts) pass(one, it.seconds);
    return;
  }
  if (it.is === 'controller-clock') {
    if (world.jumps === 'controller') world.ahead += it.by;
    return;
  }
  world.now += 1;
  for (const one of hosts) pass(one, 1);
  if (it.is === 'all-is-well') return allIsWell(world);
  const one = hosts[it.host];
  if (!one) return;
  if (it.is === 'exercise') return exercise(one, it.what, now + 1);
  if (it.is === 'blind') return void one.blind.add(it.sense);
  switch (it.is) {
    case 'reboot':
      one.boot += 1;
      one.bootAt = now + 1;
      return restart(one, now + 1);
    case 'restart':
      return restart(one, now + 1);
    case 'death':
      one.deaths.push(now + 1);
      spoil(one);
      return restart(one, now + 1);
    case 'stop':
      one.run = undefined;
      return;
    case 'deny':
      one.denials.push(now + 1);
      one.denied = true;
      return;
    case 'lose':
      one.losses.push(now + 1);
      return spoil(one);
    case 'policy':
      one.policy += 1;
      return spoil(one);
    case 'unlabel':
      // What was proven before stays so; this run proves nothing from now on.
      one.label = 'unconfined';
      return;
    case 'close':
      one.closed = !one.closed;
      return;
    case 'image':
      one.state = undefined;
      one.enforced = false;
      one.label = 'complain';
      return spoil(one);
    case 'reach':
      one.reachable = !one.reachable;
      return;
    case 'pause':
      if (one.state)
        one.state = { ...one.state, generation: one.state.generation + 1, paused: { who: 'w', at: now } };
      return;
    case 'back':
      if (one.state?.stage !== 'watching') return;
      one.state = { ...one.state, generation: one.state.generation + 1, stage: 'back', reason: 'denied' };
      one.label = 'complain';
      return;
    case 'host-clock':
      if (world.jumps === 'hosts') one.skew += it.by;
      return;
  }
}

/** Whatever was wrong is put right, and everything is exercised. */
function allIsWell(world: World): void {
  world.now += 1;
  for (const one of world.hosts) {
    pass(one, 1);
    one.reachable = true;
    one.blind.clear();
    one.closed = false;
    if (one.run === undefined || one.label === 'unconfined') restart(one, world.now);
    for (const what of applies) exercise(one, what, world.now);
  }
}

const history = fc.tuple(
  fc.constantFrom<World['jumps'][]>('controller', 'hosts'),
  fc.array(event, { minLength: 1, maxLength: 100, size: 'max' }),
);
/** The same histories each time: a run that fails is one that anybody can repeat. */
const seed = 5;
const runs = { numRuns: 400, seed };

it('no history ever promotes without evidence, promotes twice, or takes more servers than a zone can spare', () => {
  let promoted = 0;
  fc.assert(
    fc.property(history, ([jumps, events]) => {
      const world = newWorld(jumps);
      happen(world, { is: 'look', mode: 'start', taken: 63, twice: false });
      for (const it of events) happen(world, it);
      promoted += world.hosts.filter((it) => it.enforced).length;
    }),
    runs,
  );
  // Histories in which nothing ever gets so far would prove nothing.
  expect(promoted).toBeGreaterThan(20);
}, 120_000);

it('with all of the evidence it comes to its end, whatever happened before', () => {
  fc.assert(
    fc.property(history, ([jumps, events]) => {
      const world = newWorld(jumps);
      happen(world, { is: 'look', mode: 'start', taken: 63, twice: false });
      for (const it of events) happen(world, it);
      let exit: number = 10;
      for (let round = 0; round < 60 && exit !== 0; round++) {
        allIsWell(world);
        happen(world, { is: 'pass', seconds: 60 });
        const looks = looksOf(world);
        const { summary } = decide(spec, looks, world.now + world.ahead, 'advance');
        exit = rolloutExit(summary);
        const stuck = summary.blocks.some((it) => it.kind === 'blocked');
        const mode = summary.is === 'running' && !stuck && round % 8 > 0 ? 'advance' : 'start';
        advance(world, mode, 63, false);
      }
      expect(exit).toBe(0);
    }),
    { numRuns: 150, seed },
  );
}, 120_000);
