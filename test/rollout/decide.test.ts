import { expect, it } from 'vitest';
import { unknown } from '../../src/observe/observation.ts';
import { decide } from '../../src/rollout/decide.ts';
import type { Mode, RolloutHost, RolloutSpec, RolloutState } from '../../src/rollout/types.ts';
import type { Zone } from '../../src/bind/served.ts';
import { applies, exercise, look, real, spec, take, type Real } from './world.ts';

const one: RolloutSpec = { ...spec, waves: [{ is: 'percent', percent: 100 }] };
const zone = (role: Zone['role'], servers: readonly string[], addresses: readonly string[] = []): Zone => ({
  name: 'x.test.',
  role,
  servers: servers.map((name) => ({ name, addresses })),
});

/** A host that entered at 1000 and did all that it has to. */
function ready(name: string, zones: readonly Zone[] = [], more: Partial<RolloutState> = {}): Real {
  const it = real(name, [], zones);
  take(it, { is: 'enter' }, undefined, 1000, 1000);
  if (it.state) it.state = { ...it.state, ...more };
  for (const what of applies) exercise(it, what, 1001);
  return it;
}

const me = { token: 't1', who: 'alice@ws' };
const looks = (hosts: readonly Real[], now = 1200): RolloutHost[] => hosts.map((it) => look(it, now));
const decided = (hosts: readonly RolloutHost[], own = one, mode: Mode = 'advance') =>
  decide(own, hosts, 1200, mode, me).decisions.map(({ host, move, waits, verdict }) => ({
    host,
    is: move.is,
    why: waits ?? (move.is === 'stay' ? move.why : undefined),
    verdict,
  }));
const moves = (hosts: readonly RolloutHost[], own = one, mode: Mode = 'advance') =>
  decided(hosts, own, mode).map((it) => it.is);

it('all of the evidence enforces, and what is missing is named with its command', () => {
  expect(decided(looks([ready('a')]))).toMatchObject([{ is: 'claim', verdict: { is: 'passed' } }]);
  const lazy = ready('a');
  lazy.exercised = lazy.exercised.filter((it) => it.what !== 'reload');
  expect(decided(looks([lazy]))[0]).toMatchObject({
    is: 'note',
    verdict: { is: 'not-proven', missing: [{ what: 'a reload (reload)', command: 'rndc reload' }] },
  });
  expect(moves(looks([lazy]), { ...one, waive: ['reload'] })).toEqual(['claim']);
});

it.each(['named', 'policy', 'trail', 'deaths', 'exercise', 'blocked'] as const)(
  'without a sight of %s nothing is proven',
  (sense) => {
    const it = ready('a');
    it.blind.add(sense);
    const [seen] = decided(looks([it]));
    expect(seen).toMatchObject({ verdict: { is: 'not-proven' } });
    expect(seen?.is).toMatch(/^(note|stay)$/);
  },
);

it('a denial blocks, also once its record was read, until the policy changes or start is said', () => {
  const it = ready('a');
  it.denials.push(1100);
  const note = () =>
    decide(one, looks([it]), 1200, 'advance', me).decisions[0]?.move ?? { is: 'stay', why: '' };
  const first = note();
  expect(first).toMatchObject({ is: 'note', state: { reason: 'outside of the profile: /srv/zones/db' } });
  take(it, first, it.state?.generation, 1200, 1200);
  expect(decided(looks([it]))[0]?.verdict).toEqual({
    is: 'blocked',
    why: ['outside of the profile: /srv/zones/db'],
  });
  expect(decide(one, looks([it]), 1200, 'start', me).decisions[0]?.move).toMatchObject({
    is: 'note',
    anew: 'start asked for it',
    state: { soaked: 0, reason: undefined },
  });
  it.policy += 1;
  expect(note()).toMatchObject({
    is: 'note',
    anew: 'the policy is another one',
    state: { soaked: 0, reason: undefined, policy: 'p2', exercised: [] },
  });
});

it('a zone spares one server at a time: secondaries first, and not while another one is away', () => {
  const set = ['a', 'b', 'c'];
  const fleet = () => [
    ready('a', [zone('primary', set)]),
    ready('b', [zone('secondary', set)]),
    ready('c', [zone('secondary', set)]),
  ];
  expect(moves(looks(fleet()))).toEqual(['note', 'claim', 'note']);
  const [a, b, c] = fleet() as [Real, Real, Real];
  b.reachable = false;
  expect(decided(looks([a, b, c])).map((it) => it.why)).toEqual([
    'a primary, waits for the secondaries of its wave (b)',
    'no route to host',
    'zone x.test can spare 1 of its servers at once, and not available are b',
  ]);
  const two = looks(fleet()).map((it) => ({ ...it, maxUnavailable: 2 }));
  expect(moves(two)).toEqual(['note', 'claim', 'claim']);
  expect(moves(two, { ...one, maxUnavailable: 1 })).toEqual(['note', 'claim', 'note']);
});

it('what can’t be matched is not relied on, unless the inventory says that others run it', () => {
  const hosts = looks([ready('a', [zone('secondary', ['A.', 'ns.provider.example.'])])]);
  expect(decided(hosts)[0]?.why).toBe(
    'zone x.test can spare 1 of its servers at once, and not available are ns.provider.example (no host is known under it: name it in ns_names or foreign_ns)',
  );
  expect(moves(hosts.map((it) => ({ ...it, foreign: ['ns.provider.example'] })))).toEqual(['claim']);
  expect(moves(hosts.map((it) => ({ ...it, names: ['a', 'ns.provider.example'] })))).toEqual(['claim']);
});

it('each host behind an anycast name counts, and the reason says that it is one', () => {
  const hosts = looks(
    ['a', 'b'].map((name) => ready(name, [zone('secondary', ['any.test'], ['192.0.2.53'])])),
  );
  const anycast = hosts.map((it) => ({ ...it, names: ['192.0.2.53'] }));
  expect(decided(anycast).map((it) => [it.is, it.why])).toEqual([
    ['claim', undefined],
    ['note', 'zone x.test can spare 1 of its servers at once, and not available are a; any.test is anycast'],
  ]);
});

it('zones of localhost are of no matter, and zones that can’t be told keep a host back', () => {
  const local: Zone = {
    name: 'localhost',
    role: 'primary',
    servers: [{ name: 'localhost.', addresses: [] }],
  };
  expect(moves(looks([ready('a', [local]), ready('b', [local])]))).toEqual(['claim', 'claim']);
  expect(decided(looks([ready('a', [zone('secondary', [])])]))[0]?.why).toBe(
    'the NS set of zone x.test. is not known',
  );
  const blind = looks([ready('a')]).map((it) =>
    it.sight.is === 'seen'
      ? { ...it, sight: { ...it.sight, sight: { ...it.sight.sight, zones: unknown('no named-checkconf') } } }
      : it,
  );
  expect(decided(blind)[0]?.why).toBe('its zones are not known: no named-checkconf');
});

it('a wave waits for the one before it, also where a host of that one was imaged anew', () => {
  const waves = {
    ...spec,
    waves: [{ is: 'hosts', hosts: 1 } as const, { is: 'percent', percent: 100 } as const],
  };
  const fresh = real('a', []);
  expect(decided(looks([fresh, ready('b')]), waves)).toMatchObject([
    { is: 'enter' },
    { is: 'note', why: 'waits for wave 1 (1)', verdict: { is: 'passed' } },
  ]);
});

it('nothing begins by itself, and one that went back stops all until start is said', () => {
  expect(decided(looks([real('a', [])]))[0]?.why).toBe('the rollout has not begun');
  expect(moves(looks([real('a', [])]), one, 'start')).toEqual(['enter']);
  const back = [ready('a', [], { stage: 'back', reason: 'x' }), ready('b'), real('c', [])];
  expect(decided(looks(back)).map((it) => [it.is, it.why])).toEqual([
    ['stay', 'went back: x'],
    ['note', 'stopped, since a went back'],
    ['stay', 'stopped, since a went back'],
  ]);
  expect(moves(looks(back), one, 'start')).toEqual(['enter', 'note', 'stay']);
});

it('a pause on one host stops all, and start ends it', () => {
  const hosts = [ready('a', [], { paused: { who: 'alice', at: 1 } }), ready('b')];
  expect(decided(looks(hosts)).map((it) => it.why)).toEqual(['paused by alice (a)', 'paused by alice (a)']);
  expect(moves(looks(hosts), one, 'start')).toEqual(['claim', 'claim']);
});

it('a host is enforced only with a claim of one’s own on it, which other controllers leave alone', () => {
  const [a, b] = [ready('a', [zone('secondary', ['a', 'b'])]), ready('b', [zone('secondary', ['a', 'b'])])];
  const [claim] = decide(one, looks([a, b]), 1200, 'advance', me).decisions;
  expect(claim?.move).toMatchObject({
    is: 'claim',
    state: { stage: 'soaking', soaked: 199, claim: { ...me, boot: 'b1', uptime: 2200 } },
  });
  expect(take(a, claim?.move ?? { is: 'stay', why: '' }, a.state?.generation, 1200, 1200)).toBe(true);
  expect(moves(looks([a, b]))).toEqual(['enforce', 'note']);

  const other = { token: 't2', who: 'bob@ws' };
  const { decisions, summary } = decide(one, looks([a, b]), 1200, 'advance', other);
  expect(decisions).toMatchObject([
    { move: { is: 'stay' }, waits: 'alice@ws is about to enforce it' },
    {
      move: { is: 'note' },
      waits: 'zone x.test can spare 1 of its servers at once, and not available are a',
    },
  ]);
  expect(summary.blocks.map(({ what }) => what)).toContain('alice@ws is about to enforce it');
});

it('a claim whose controller is gone is taken off its host before anybody else’s turn comes', () => {
  const [a, b] = [ready('a', [zone('secondary', ['a', 'b'])]), ready('b', [zone('secondary', ['a', 'b'])])];
  const left = { token: 't0', who: 'bob@ws', boot: 'b1', uptime: 1500 };
  if (a.state) a.state = { ...a.state, claim: left };
  a.exercised = [];
  const { decisions } = decide(one, looks([a, b]), 1200, 'advance', me);
  expect(decisions).toMatchObject([
    { move: { is: 'note', state: { claim: undefined } } },
    {
      move: { is: 'note' },
      waits: 'zone x.test can spare 1 of its servers at once, and not available are a',
    },
  ]);
  a.blind.add('trail');
  expect(decided(looks([a]))[0]?.is).toBe('note');
  a.boot += 1;
  if (a.state) a.state = { ...a.state, claim: { ...left, uptime: 2199 } };
  expect(decided(looks([a]))[0]?.is).toBe('note');
});

it('a watch that is over finishes, if named still runs under the profile and nothing was denied', () => {
  const watching = ready('a', [], { stage: 'watching', soaked: 60 });
  watching.label = 'enforce';
  expect(moves(looks([watching]))).toEqual(['finish']);
  watching.denials.push(1100);
  expect(decided(looks([watching]))[0]?.why).toBe('its watch is over, but denied since: /srv/zones/db');
  expect(moves(looks([watching]), one, 'start')).toEqual(['enter']);
});

it('a host in another rollout is left alone', () => {
  expect(decided(looks([ready('a', [], { name: 'Other' }), ready('b')]))[0]?.why).toBe(
    'in the rollout "Other", which is not over',
  );
});

it('a start that reaches no host has not begun', () => {
  const away = real('a', []);
  away.reachable = false;
  expect(decide(one, looks([away]), 1200, 'start', me).summary.is).toBe('not-begun');
});
