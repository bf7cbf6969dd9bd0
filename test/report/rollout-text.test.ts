import { expect, it } from 'vitest';
import type { HostName } from '../../src/brand.ts';
import { rolloutNext } from '../../src/cli/next.ts';
import { palette } from '../../src/report/palette.ts';
import { rolloutText } from '../../src/report/rollout-text.ts';
import { spanText } from '../../src/span.ts';
import { decide } from '../../src/rollout/decide.ts';
import { rolloutExit } from '../../src/rollout/summary.ts';
import type { RolloutSpec, RolloutState, Stage } from '../../src/rollout/types.ts';
import { golden } from '../golden/golden.ts';
import { look, real, spec, take, type Real } from '../rollout/world.ts';

const show = (hosts: readonly Real[], now: number, own: RolloutSpec = spec): string => {
  const { summary } = decide(
    own,
    hosts.map((it) => look(it, now)),
    now,
    'advance',
    { token: '', who: '' },
  );
  const next = rolloutNext(
    { action: 'advance', playbooks: ['site.yml'], profiles: ['named'], summary, outcomes: [] },
    { inventory: ['hosts.yml'] },
  );
  return `${rolloutText(summary, next, palette(false))}\n\nexit ${rolloutExit(summary)}`;
};

/** A host that entered at 1000, with a state of its own. */
function stands(it: Real, more: Partial<RolloutState> = {}): Real {
  take(it, { is: 'enter' }, undefined, 1000, 1000);
  if (it.state) it.state = { ...it.state, ...more };
  if (more.stage === 'watching' || more.stage === 'done') it.label = 'enforce';
  return it;
}

const at = (stage: Stage, soaked = 0): Partial<RolloutState> => ({ stage, soaked });

it('one host, from its beginning to its end', () => {
  const one = (): Real => real('ns1', ['canary']);
  const denied = stands(one());
  denied.denials.push(1010);
  const paused = stands(one(), { paused: { who: 'alice', at: 1001 } });
  const shown = [
    show([one()], 1000),
    show([stands(one())], 1030),
    show([denied], 1030),
    show([paused], 1030),
    show([stands(one())], 1200),
    show([stands(one(), at('watching', 5))], 1200),
    show([stands(one(), { stage: 'back', reason: 'AppArmor denied open "/srv/zones/db"' })], 1200),
    show([stands(one(), at('done'))], 1200),
  ].join('\n\n--\n\n');
  expect(shown).toBe(golden('rollout-one', shown));
});

it('four hosts, one of each kind', () => {
  const away = real('ns3', []);
  away.reachable = false;
  const shown = show(
    [stands(real('ns1', ['canary']), at('done')), stands(real('ns2', [])), away, real('ns4', [])],
    1040,
  );
  expect(shown).toBe(golden('rollout-four', shown));
});

it('500 hosts on one screen', () => {
  const hosts = Array.from({ length: 500 }, (_, i) => {
    const it = real(`ns${i + 1}`, i < 5 ? ['canary'] : []);
    if (i < 5) return stands(it, at('done'));
    if (i >= 250) return it;
    if (i % 40 === 7) it.reachable = false;
    if (i % 25 === 3) stands(it).denials.push(1010);
    else if (i % 10 === 1) stands(it, at('watching', i % 20));
    else stands(it, { soaked: i % 90 });
    if (i % 60 === 9) it.blind.add('trail');
    return it;
  });
  const shown = show(hosts, 1010, { ...spec, soak: 3 * 86_400, watch: 3600 });
  expect(shown).toBe(golden('rollout-500', shown));
  expect(shown.split('\n').length).toBeLessThanOrEqual(24);
  expect(new Set(hosts.map(({ host }): HostName => host)).size).toBe(500);
});

it('times are told in their two largest units', () => {
  expect([0, 59.2, 60, 3661, 90_000, 86_400, 259_200].map(spanText)).toEqual([
    '0s',
    '1m',
    '1m',
    '1h 1m',
    '1d 1h',
    '1d',
    '3d',
  ]);
});
