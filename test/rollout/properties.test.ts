import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decide } from '../../src/rollout/decide.ts';
import { rolloutExit } from '../../src/rollout/summary.ts';
import type { Controller, Decision, Mode, Move, RolloutHost } from '../../src/rollout/types.ts';
import type { Zone } from '../../src/bind/served.ts';
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
      is: fc.constant('turn' as const),
      controller: fc.nat({ max: 1 }),
      mode: fc.constantFrom<Mode[]>('advance', 'advance', 'advance', 'start'),
      taken: fc.nat({ max: 63 }),
      steps: fc.integer({ min: 1, max: 3 }),
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
  /** What each of two controllers is at; undefined where it has yet to look. */
  readonly controllers: (Pending | undefined)[];
  /** Of the controllers that ever were. */
  tokens: number;
}

/** What a controller has decided by a look, and not done yet. */
interface Pending {
  readonly me: Controller;
  readonly mode: Mode;
  /** The second is the one behind the claims. */
  readonly round: 'first' | 'second';
  /** When it has looked. */
  readonly at: number;
  readonly decisions: readonly Decision[];
  readonly generations: readonly (number | undefined)[];
}

const newWorld = (jumps: World['jumps']): World => ({
  hosts: fleet(),
  now: 1000,
  ahead: 0,
  jumps,
  controllers: [undefined, undefined],
  tokens: 0,
});

function looksOf({ hosts, now }: World): readonly RolloutHost[] {
  return hosts.map((it) => look(it, now));
}

const generationOf = (it: RolloutHost): number | undefined =>
  it.sight.is === 'seen' && it.sight.sight.state.is === 'value'
    ? it.sight.sight.state.value.generation
    : undefined;

function decided(world: World, me: Controller, mode: Mode, round: Pending['round']): Pending {
  const looks = looksOf(world);
  const clock = world.now + world.ahead;
  const { decisions } = decide(spec, looks, clock, mode, me);
  expect(decide(spec, looks, clock, mode, me).decisions).toEqual(decisions);
  for (const decision of decisions) judge(world, mode, decision);
  return { me, mode, round, at: world.now, decisions, generations: looks.map(generationOf) };
}

/**
 * A controller goes on by one step: it looks and decides; or it writes, of some of the hosts before it dies, and looks
 * again where it has claimed any; or it enforces those.
 */
function step(world: World, index: number, mode: Mode, taken: number): void {
  const pending = world.controllers[index];
  if (pending === undefined) {
    const me = { token: `t${world.tokens++}`, who: `c${index}` };
    world.controllers[index] = decided(world, me, mode, 'first');
    return;
  }
  const claimed = pending.decisions.map(({ move }) => move.is === 'claim');
  const isOwn = (i: number) => pending.round === 'first' || claimedBy(pending.me, world.hosts[i]);
  for (const [i, { move }] of pending.decisions.entries())
    if ((taken >> i) & 1 && isOwn(i)) moved(world, i, move, pending);
  world.controllers[index] =
    pending.round === 'first' && claimed.some(Boolean)
      ? decided(world, pending.me, pending.mode, 'second')
      : undefined;
}

const claimedBy = ({ token }: Controller, it: Real | undefined): boolean => it?.state?.claim?.token === token;

function moved(world: World, i: number, move: Move, { round, at, generations }: Pending): void {
  const it = world.hosts[i];
  if (!it || (round === 'second' && move.is !== 'note' && move.is !== 'enforce')) return;
  const before = it.state;
  expect([round, move.is]).not.toEqual(['first', 'enforce']);
  if (!take(it, move, generations[i], world.now, world.now + world.ahead, at)) return;
  if (move.is === 'note' && (move.state.policy !== before?.policy || move.anew?.includes('start asked')))
    it.denied = it.denials.some((one) => one > at);
  if (move.is === 'enforce') {
    expect(before?.stage).toBe('soaking');
    const watching = (name: string) =>
      world.hosts.some((one) => one.host === name && one.state?.stage === 'watching');
    for (const set of partners)
      if (set.includes(it.host)) expect([it.host, set.filter(watching)]).toEqual([it.host, [it.host]]);
  }
}

/** A controller goes all the way, alone. */
function advance(world: World, mode: Mode): void {
  world.controllers[0] = undefined;
  step(world, 0, mode, 63);
  while (world.controllers[0] !== undefined) step(world, 0, mode, 63);
}

const isSeen = (it: Real): boolean => it.reachable && !it.blind.has('state');
const isAway = (it: Real): boolean => it.state?.stage === 'watching' || !it.reachable || it.run === undefined;

/** What no decision may ever do, by the truth that no controller sees. */
function judge(world: World, mode: Mode, { host: name, wave, move, verdict }: Decision): void {
  const it = world.hosts.find((one) => one.host === name);
  if (!it) throw new Error(name);
  const isPaused = mode === 'advance' && world.hosts.some((one) => isSeen(one) && one.state?.paused);
  if (!isSeen(it)) expect(move.is).toBe('stay');
  const promotes = move.is === 'claim' || move.is === 'enforce';
  // What a look has not counted stands as it was: the next one tells what became of it.
  if ((move.is === 'note' || move.is === 'claim') && move.state.last !== it.state?.last)
    expect(move.state.soaked).toBeLessThanOrEqual(it.clean + 1e-6);
  if (promotes || (move.is === 'enter' && it.state?.stage !== 'back' && it.state?.stage !== 'watching'))
    for (const one of world.hosts)
      if ((waves.get(one.host) ?? 9) < wave) expect([one.host, one.state?.stage]).toEqual([one.host, 'done']);
  if (promotes) {
    expect(verdict).toEqual({ is: 'passed' });
    expect([it.clean >= spec.soak - 1e-6, it.denied, it.closed, it.label]).toEqual([
      true,
      false,
      false,
      'complain',
    ]);
    expect([...it.exercises].toSorted()).toEqual(expect.arrayContaining([...applies]));
    expect([it.blind.size, it.enforced]).toEqual([0, false]);
    expect(world.hosts.filter((one) => isSeen(one) && one.state?.stage === 'back')).toEqual([]);
    for (const set of partners)
      if (set.includes(name))
        expect(world.hosts.filter((one) => one !== it && set.includes(one.host) && isAway(one))).toEqual([]);
  }
  if (move.is === 'finish') expect(it.state).toMatchObject({ stage: 'watching' });
  if (move.is === 'finish') expect(it.state?.soaked).toBeGreaterThanOrEqual(spec.watch);
  if (isPaused) expect(move.is).toBe('stay');
}

function happen(world: World, it: Event): void {
  const { hosts, now } = world;
  if (it.is === 'turn') {
    for (let i = 0; i < it.steps; i++) step(world, it.controller, it.mode, it.taken);
    return;
  }
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
      // Monotonic clocks stand still with a machine that is saved; they do not jump ahead.
      if (world.jumps === 'hosts') one.skew -= Math.abs(it.by);
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

const nobody: Controller = { token: '', who: '' };
const history = fc.tuple(
  fc.constantFrom<World['jumps'][]>('controller', 'hosts'),
  fc.array(event, { minLength: 1, maxLength: 100, size: 'max' }),
);
/** The same histories each time: a run that fails is one that anybody can repeat. */
const seed = 6;
const runs = { numRuns: 400, seed };

it('no history ever promotes without evidence, promotes twice, or takes more servers than a zone can spare', () => {
  let promoted = 0;
  fc.assert(
    fc.property(history, ([jumps, events]) => {
      const world = newWorld(jumps);
      advance(world, 'start');
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
      advance(world, 'start');
      for (const it of events) happen(world, it);
      let exit: number = 10;
      for (let round = 0; round < 60 && exit !== 0; round++) {
        allIsWell(world);
        happen(world, { is: 'pass', seconds: 60 });
        const looks = looksOf(world);
        const { summary } = decide(spec, looks, world.now + world.ahead, 'advance', nobody);
        exit = rolloutExit(summary);
        const stuck = summary.blocks.some((it) => it.kind === 'blocked');
        const mode = summary.is === 'running' && !stuck && round % 8 > 0 ? 'advance' : 'start';
        advance(world, mode);
      }
      expect(exit).toBe(0);
    }),
    { numRuns: 150, seed },
  );
}, 120_000);
