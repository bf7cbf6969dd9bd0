import type { HostName, ProfileName } from '../../src/brand.ts';
import { absent, unknown, value, type Observation } from '../../src/observe/observation.ts';
import type {
  Exercise,
  Move,
  RolloutHost,
  RolloutSight,
  RolloutSpec,
  RolloutState,
} from '../../src/rollout/types.ts';
import type { Zone } from '../../src/bind/served.ts';

const profile = 'named' as ProfileName;
export const applies: readonly Exercise[] = ['query-udp', 'reload', 'restart'];
/** What of a host can't be seen for a while. */
export type Sense = 'state' | 'named' | 'policy' | 'trail' | 'deaths' | 'exercise' | 'blocked' | 'zones';

/** A host as it really is; all times in seconds of the true clock. */
export interface Real {
  readonly host: HostName;
  readonly groups: readonly string[];
  readonly names: readonly string[];
  readonly zones: readonly Zone[];
  reachable: boolean;
  blind: Set<Sense>;
  boot: number;
  bootAt: number;
  /** What its clock shows too much. */
  skew: number;
  /** `at`: by its own clock, in seconds since the boot. */
  run: { id: number; at: number } | undefined;
  label: 'complain' | 'enforce' | 'unconfined';
  policy: number;
  closed: boolean;
  state: RolloutState | undefined;
  /** When its stage, or its soak, began. */
  began: number;
  denials: number[];
  losses: number[];
  deaths: number[];
  exercised: { what: Exercise; at: number }[];
  /** The truth: seconds of up time that prove something, whether anything was denied, what was exercised. */
  clean: number;
  denied: boolean;
  exercises: Set<Exercise>;
  enforced: boolean;
}

export const real = (name: string, groups: readonly string[], zones: readonly Zone[] = []): Real => ({
  host: name as HostName,
  groups,
  names: [name],
  zones,
  reachable: true,
  blind: new Set(),
  boot: 1,
  bootAt: -1000,
  skew: 0,
  run: { id: 1, at: 100 },
  label: 'complain',
  policy: 1,
  closed: false,
  state: undefined,
  began: 0,
  denials: [],
  losses: [],
  deaths: [],
  exercised: [],
  clean: 0,
  denied: false,
  exercises: new Set(),
  enforced: false,
});

/** Time goes by; a watching host keeps account of it by itself. */
export function pass(it: Real, seconds: number): void {
  if (it.run === undefined) return;
  if (it.label === 'complain') it.clean += seconds;
  if (it.state?.stage === 'watching') it.state = { ...it.state, soaked: it.state.soaked + seconds };
}

/** What was proven so far is worth nothing any more. */
export function spoil(it: Real): void {
  it.clean = 0;
  it.exercises.clear();
}

const uptime = (it: Real, now: number): number => now - it.bootAt + it.skew;

export function restart(it: Real, now: number): void {
  it.run = { id: (it.run?.id ?? now) + 1, at: uptime(it, now) };
  it.label = it.state?.stage === 'watching' || it.state?.stage === 'done' ? 'enforce' : 'complain';
}

export function exercise(it: Real, what: Exercise, now: number): void {
  if (what === 'restart') restart(it, now);
  it.exercised.push({ what, at: now });
  it.exercises.add(what);
}

/** The host as a controller sees it. */
export function look(it: Real, now: number): RolloutHost {
  const common = { host: it.host, groups: it.groups, names: it.names, foreign: [], maxUnavailable: 1 };
  if (!it.reachable) return { ...common, sight: { is: 'unreachable', reason: 'no route to host' } };
  const seen = <T>(sense: Sense, found: Observation<T>): Observation<T> =>
    it.blind.has(sense) ? unknown('no permission') : found;
  const since = it.state?.cursor.time ?? -Infinity;
  const sight: RolloutSight = {
    state: seen('state', it.state ? value(it.state) : absent),
    boot: `b${it.boot}`,
    uptime: uptime(it, now),
    named: seen(
      'named',
      it.run
        ? value({
            invocation: `i${it.run.id}`,
            started: it.run.at,
            label: it.label === 'unconfined' ? 'unconfined' : `named (${it.label})`,
          })
        : absent,
    ),
    policy: seen('policy', value(`p${it.policy}`)),
    trail: seen(
      'trail',
      value({
        denials: it.denials
          .filter((at) => at > since)
          .map((last) => ({ what: '/srv/zones/db', count: 1, last })),
        lost: it.losses.filter((at) => at > since).length,
        whole: true,
        cursor: { boot: `b${it.boot}`, time: now, serial: 0, line: 0 },
      }),
    ),
    deaths: seen('deaths', value(it.deaths.filter((at) => at > it.began).map(() => 'signal 11'))),
    exercise: seen(
      'exercise',
      value({ applies, seen: it.exercised.filter(({ at }) => at > it.began).map(({ what }) => what) }),
    ),
    blocked: seen('blocked', value(it.closed ? ['deny /srv/** r'] : [])),
    zones: seen('zones', value(it.zones)),
    addresses: ['127.0.0.1'],
  };
  return { ...common, sight: { is: 'seen', sight } };
}

/**
 * The host takes a move, if nobody was quicker since the look.
 * @param controller by the controller's clock
 * @param looked when the look was
 */
export function take(
  it: Real,
  move: Move,
  seen: number | undefined,
  now: number,
  controller: number,
  looked = now,
): boolean {
  if (move.is === 'stay' || !it.reachable || it.state?.generation !== seen) return false;
  if (move.is === 'enter') {
    it.state = entered(it, seen ?? now * 1000, now, controller);
    it.began = now;
    if (it.label === 'enforce') it.label = 'complain';
    it.denied = false;
    it.enforced = false;
    spoil(it);
    return true;
  }
  if (move.is === 'note' && move.anew !== undefined) it.began = looked;
  if (move.is === 'enforce') {
    it.began = now;
    it.label = 'enforce';
    if (it.run) it.run = { id: it.run.id + 1, at: uptime(it, now) };
    it.enforced = true;
  }
  it.state = move.state;
  return true;
}

const entered = (it: Real, generation: number, now: number, controller: number): RolloutState => ({
  version: 1,
  id: 'r',
  name: spec.name,
  generation: generation + 1,
  stage: 'soaking',
  paused: undefined,
  claim: undefined,
  profile,
  policy: `p${it.policy}`,
  since: controller,
  soaked: 0,
  last: {
    boot: `b${it.boot}`,
    uptime: uptime(it, now),
    invocation: it.run ? `i${it.run.id}` : '',
    at: controller,
  },
  cursor: { boot: `b${it.boot}`, time: now, serial: 0, line: 0 },
  exercised: [],
  reason: undefined,
});

export const spec: RolloutSpec = {
  name: 'R',
  waves: [
    { is: 'group', group: 'canary' },
    { is: 'percent', percent: 50 },
    { is: 'percent', percent: 100 },
  ],
  soak: 100,
  watch: 60,
  maxUnavailable: undefined,
  waive: [],
};
