import type { HostName } from '../brand.ts';
import { gate } from './gate.ts';
import { isExpected, note } from './note.ts';
import { budget, isPrimary, servedZones, untold, type Budget } from './servers.ts';
import { summarize, type RolloutSummary } from './summary.ts';
import type {
  Claim,
  Controller,
  Decision,
  Mode,
  Move,
  RolloutHost,
  RolloutSight,
  RolloutSpec,
  RolloutState,
  Stage,
  Verdict,
} from './types.ts';
import { wavesOf, waveText } from './waves.ts';

/** Where a host stands, as far as it could be seen. */
export type Standing =
  | { readonly is: 'unseen'; readonly reason: string }
  | { readonly is: 'new'; readonly sight: RolloutSight }
  /** In a rollout by another name, which is not over. */
  | { readonly is: 'elsewhere'; readonly name: string }
  | Begun<Stage>;

/** In this rollout. */
type Begun<S extends Stage> = S extends Stage
  ? { readonly is: S; readonly sight: RolloutSight; readonly state: RolloutState }
  : never;

/**
 * Decides what becomes of each host, by what was seen and nothing else. Controllers that look at different times may
 * decide differently, so a host is claimed before it is enforced, and only enforced by a look that was begun with the
 * claim on the host: of two that claim servers of one zone, at least one sees the other's claim, and leaves.
 * @param hosts all hosts of the play, in its order; one whose lock is held counts as unreachable
 * @param now by the controller, in seconds since the epoch
 * @param me who decides: claims with its token are its own
 */
export function decide(
  spec: RolloutSpec,
  hosts: readonly RolloutHost[],
  now: number,
  mode: Mode,
  me: Controller,
): { readonly decisions: readonly Decision[]; readonly summary: RolloutSummary } {
  const waves = wavesOf(spec, hosts);
  const all = hosts.map((it) => {
    const standing = standingOf(spec, it);
    return {
      host: it.host,
      wave: waves.get(it.host) ?? spec.waves.length,
      standing,
      ...judged(spec, standing, now, mode),
    };
  });
  const zones = servedZones(spec, hosts);
  const spare = budget(
    zones,
    all.filter(({ standing }) => !isReliable(standing, me)).map(({ host }) => host),
  );
  const scene: Scene = { spec, mode, now, me, all, stop: stopped(all, mode), spare };
  const turns = new Map<HostName, Turn>();
  for (const member of all.toSorted(byTurn)) turns.set(member.host, turnOf(scene, member));
  const decisions = all.map(({ host, wave, verdict }): Decision => ({
    host,
    wave,
    verdict,
    ...(turns.get(host) ?? stay('')),
  }));
  return { decisions, summary: summarize(spec, all, decisions, scene.stop) };
}

type Turn = Pick<Decision, 'move' | 'waits'>;

/** A host with all that its turn depends on. */
export interface Member {
  readonly host: HostName;
  readonly wave: number;
  readonly standing: Standing;
  readonly verdict: Verdict | undefined;
  /** The state that this look makes of a soaking one's. */
  readonly noted: { readonly state: RolloutState; readonly anew: string | undefined } | undefined;
}

/** Why nothing is to be entered or enforced anywhere. */
export type Stop =
  | { readonly is: 'not-begun' }
  | { readonly is: 'paused'; readonly who: string; readonly host: HostName }
  | { readonly is: 'back'; readonly hosts: readonly HostName[] };

interface Scene {
  readonly spec: RolloutSpec;
  readonly mode: Mode;
  readonly now: number;
  readonly me: Controller;
  readonly all: readonly Member[];
  readonly stop: Stop | undefined;
  readonly spare: Budget;
}

function standingOf({ name }: RolloutSpec, { sight }: RolloutHost): Standing {
  if (sight.is === 'unreachable') return { is: 'unseen', reason: sight.reason };
  const { state } = sight.sight;
  if (state.is === 'unknown') return { is: 'unseen', reason: state.reason };
  if (state.is === 'absent') return { is: 'new', sight: sight.sight };
  if (state.value.name === name) return { is: state.value.stage, sight: sight.sight, state: state.value };
  // One that is over leaves its state behind.
  return state.value.stage === 'done'
    ? { is: 'new', sight: sight.sight }
    : { is: 'elsewhere', name: state.value.name };
}

function judged(spec: RolloutSpec, it: Standing, now: number, mode: Mode): Pick<Member, 'verdict' | 'noted'> {
  if (it.is !== 'soaking') return { verdict: undefined, noted: undefined };
  const again = mode === 'start' && it.state.reason !== undefined ? 'start asked for it' : undefined;
  const noted = note(it.state, it.sight, now, again);
  return {
    verdict: gate(spec, it.state, noted, it.sight),
    noted: noted.is === 'noted' ? noted : undefined,
  };
}

function stopped(all: readonly Member[], mode: Mode): Stop | undefined {
  const begun = all.some(({ standing }) => stateOf(standing) !== undefined);
  if (!begun && mode === 'advance') return { is: 'not-begun' };
  for (const { host, standing } of all) {
    const paused = stateOf(standing)?.paused;
    if (paused && mode === 'advance') return { is: 'paused', who: paused.who, host };
  }
  const back = all.filter(({ standing }) => standing.is === 'back').map(({ host }) => host);
  return back.length > 0 ? { is: 'back', hosts: back } : undefined;
}

type Of<S extends Standing['is']> = Extract<Standing, { readonly is: S }>;

const stateOf = (it: Standing): RolloutState | undefined => ('state' in it ? it.state : undefined);

/** Whether a server can be counted on while another one changes. */
const isReliable = (it: Standing, me: Controller): boolean =>
  'sight' in it && it.is !== 'watching' && it.sight.named.is === 'value' && othersClaim(it, me) === undefined;

const othersClaim = (it: Standing, me: Controller): Claim | undefined => {
  const claim = stateOf(it)?.claim;
  return claim?.token === me.token ? undefined : claim;
};

/** Seconds for which a claim keeps its host from being noted by others; behind them its controller is taken for dead. */
const claimed = 600;

/** By the host's own clock. A claim that is over still counts against its zones, until it was taken off the host. */
const isFresh = (claim: Claim, { boot, uptime }: RolloutSight): boolean =>
  claim.boot === boot && uptime >= claim.uptime && uptime - claim.uptime < claimed;

/** Secondaries before primaries, and otherwise in the order of the play; sorting is stable. */
const byTurn = (a: Member, b: Member): number => a.wave - b.wave || rank(a) - rank(b);
const rank = ({ standing }: Member): number => ('sight' in standing && isPrimary(standing.sight) ? 1 : 0);

function turnOf(scene: Scene, member: Member): Turn {
  const { stop, mode } = scene;
  const { standing } = member;
  if (stop?.is === 'paused') return stay(`paused by ${stop.who} (${stop.host})`);
  switch (standing.is) {
    case 'unseen':
      return stay(standing.reason);
    case 'elsewhere':
      return stay(`in the rollout "${standing.name}", which is not over`);
    case 'new': {
      const waits = stop?.is === 'not-begun' ? 'the rollout has not begun' : before(scene, member);
      return waits === undefined ? go({ is: 'enter' }) : { move: { is: 'stay', why: waits }, waits };
    }
    case 'back':
      return mode === 'start'
        ? go({ is: 'enter' })
        : stay(`went back: ${standing.state.reason ?? 'no reason is kept'}`);
    case 'done':
      return go(freed(standing.state) ?? { is: 'stay', why: 'done' });
    case 'watching':
      return go(watched(scene, standing));
    case 'soaking':
      return soaking(scene, member, standing);
  }
}

function soaking(scene: Scene, member: Member, { state, sight }: Of<'soaking'>): Turn {
  const { noted, verdict } = member;
  const { me } = scene;
  const other = othersClaim(member.standing, me);
  if (other && isFresh(other, sight)) {
    const waits = `${other.who} is about to enforce it`;
    return { move: { is: 'stay', why: waits }, waits };
  }
  if (noted === undefined) return go(freed(state) ?? { is: 'stay', why: whyNot(verdict) });
  const waits =
    verdict?.is === 'passed'
      ? (before(scene, member) ??
        untold(sight) ??
        behindSecondaries(scene, member) ??
        scene.spare.against(member.host))
      : undefined;
  const next = { ...noted.state, paused: undefined, claim: undefined };
  if (verdict?.is !== 'passed' || waits !== undefined)
    return { move: { is: 'note', state: next, anew: noted.anew }, waits };
  scene.spare.take(member.host);
  if (state.claim?.token !== me.token) {
    const { boot, uptime } = sight;
    return go({ is: 'claim', state: { ...next, claim: { ...me, boot, uptime } } });
  }
  return go({
    is: 'enforce',
    state: { ...next, stage: 'watching', since: scene.now, soaked: 0, exercised: [] },
  });
}

/** Over, once the host's own account of its watch says so, and this look agrees. */
function watched({ spec, mode }: Scene, { state, sight }: Of<'watching'>): Move {
  if (!(state.soaked >= spec.watch))
    return freed(state) ?? { is: 'stay', why: 'enforces, and is watched by itself' };
  const { named, trail } = sight;
  if (named.is !== 'value' || trail.is !== 'value')
    return { is: 'stay', why: 'its watch is over, but named or the audit trail can’t be seen' };
  const trouble = isExpected(state, named.value.label, 'enforce')
    ? trail.value.denials[0] && `denied since: ${trail.value.denials[0].what}`
    : `named runs under ${named.value.label || 'no label'}`;
  if (trouble === undefined) {
    const { cursor } = trail.value;
    return {
      is: 'finish',
      state: { ...state, stage: 'done', generation: state.generation + 1, cursor, paused: undefined },
    };
  }
  return mode === 'start' ? { is: 'enter' } : { is: 'stay', why: `its watch is over, but ${trouble}` };
}

/** Without a pause, with which only `start` comes to here, and without a claim that nobody goes on with. */
const freed = (state: RolloutState): Move | undefined =>
  (state.paused ?? state.claim) && {
    is: 'note',
    state: { ...state, paused: undefined, claim: undefined, generation: state.generation + 1 },
    anew: undefined,
  };

function whyNot(verdict: Verdict | undefined): string {
  if (verdict?.is === 'blocked') return verdict.why.join('; ');
  return verdict?.is === 'not-proven' ? verdict.missing.map(({ what }) => what).join('; ') : 'not seen';
}

/** What has to be over before. */
function before({ all, stop, spec }: Scene, { wave }: Member): string | undefined {
  if (stop?.is === 'back') return `stopped, since ${stop.hosts.join(', ')} went back`;
  const first = Math.min(...all.filter((it) => it.standing.is !== 'done').map((it) => it.wave));
  const text = spec.waves[first];
  return first < wave && text ? `waits for wave ${first + 1} (${waveText(text)})` : undefined;
}

function behindSecondaries({ all }: Scene, member: Member): string | undefined {
  if (rank(member) === 0) return undefined;
  const secondary = all.find((it) => it.wave === member.wave && rank(it) === 0 && it.standing.is !== 'done');
  return secondary && `a primary, waits for the secondaries of its wave (${secondary.host})`;
}

const go = (move: Move): Turn => ({ move, waits: undefined });
const stay = (why: string): Turn => go({ is: 'stay', why });
