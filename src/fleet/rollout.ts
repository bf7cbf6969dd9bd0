import { backTrip, type Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { decide } from '../rollout/decide.ts';
import { placedProbe } from '../rollout/placed.ts';
import type { RolloutSummary } from '../rollout/summary.ts';
import type { Decision, Mode } from '../rollout/types.ts';
import { eachHost, end, type Fleet } from './fleet.ts';
import { oneByOne } from './one-by-one.ts';
import { lookAt, type Looked } from './rollout-look.ts';
import {
  eachStep,
  idOf,
  isIn,
  movesOf,
  notes,
  write,
  type Moving,
  type Rollout,
  type Step,
} from './rollout-moves.ts';

/** How a rollout stands, and what became of the hosts that were touched or could not be. */
export interface RolloutResult {
  readonly summary: RolloutSummary;
  readonly decisions: readonly Decision[];
  readonly outcomes: readonly HostOutcome[];
}

/** Looks at all hosts, and changes none. */
export async function rolloutStatus(fleet: Fleet, rollout: Rollout): Promise<RolloutResult> {
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  return { ...decided(rollout, looked, 'advance'), outcomes: unseenOf(fleet, looked) };
}

/**
 * Looks at all hosts, decides, and makes the moves that are due. What is to be enforced is claimed first, and all hosts
 * are looked at again with the claims on them: what other controllers do meanwhile is seen by one or the other. Those
 * that a transaction moved are looked at once more: so the soak of a host that has just entered begins there and then.
 * @param go asked once, with what is to be changed; notes are written without
 */
export async function advance(
  fleet: Fleet,
  rollout: Rollout,
  mode: Mode,
  request: Request,
  go: (moves: Readonly<Record<Step, number>>) => Promise<boolean>,
): Promise<RolloutResult> {
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  const unseen = unseenOf(fleet, looked);
  const first = decided(rollout, looked, mode);
  const moves = movesOf(looked, first.decisions);
  const claimed = moves.filter(({ move }) => move.is === 'claim');
  const counts = {
    enter: moves.filter(({ move }) => move.is === 'enter').length,
    enforce: claimed.length,
    finish: moves.filter(({ move }) => move.is === 'finish').length,
  };
  const steps = counts.enter + counts.enforce + counts.finish;
  if (steps > 0 && !(await go(counts))) return { ...first, outcomes: [...unseen, { is: 'pending' }] };
  const id = idOf(looked);
  const noted = await notes(fleet, rollout, moves);
  const moved = await eachStep(fleet, rollout, ['finish', 'enter'], moves, id, request);
  if (steps === 0) return { ...first, outcomes: [...unseen, ...noted] };
  const behind = { ...fleet, lockWait: Math.max(fleet.lockWait, clearing) };
  const enforced =
    claimed.length > 0 ? await enforceClaimed(behind, rollout, claimed, mode, id, request) : [];
  // Of the others the first look is as good.
  const again = await lookAt(
    behind,
    moves.flatMap(({ looked: { located }, move }) => (move.is === 'note' ? [] : [located])),
    rollout.now,
  );
  const now = looked.map((it) => again.find(({ host }) => host.host === it.host.host) ?? it);
  const last = decided(rollout, now, 'advance');
  const entered = movesOf(again, last.decisions).filter(({ move }) => move.is === 'note');
  const begun = await notes(fleet, rollout, entered);
  return { ...last, outcomes: [...unseen, ...noted, ...moved, ...enforced, ...begun] };
}

/** Seconds for which a host may still clear up behind a step of ours that it has told the end of. */
const clearing = 60;

/** Enforces what is claimed and still due now that every host was looked at with the claims in place; the rest is freed. */
async function enforceClaimed(
  fleet: Fleet,
  rollout: Rollout,
  claimed: readonly Moving[],
  mode: Mode,
  id: string,
  request: Request,
): Promise<readonly HostOutcome[]> {
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  const own = new Set(claimed.map(({ looked: { host } }) => host.host));
  const moves = movesOf(looked, decided(rollout, looked, mode).decisions).filter(({ looked: { host } }) =>
    own.has(host.host),
  );
  return [
    ...(await notes(
      fleet,
      rollout,
      moves.filter(({ move }) => move.is === 'note'),
    )),
    ...(await eachStep(fleet, rollout, ['enforce'], moves, id, request)),
  ];
}

/** Writes who paused it on every host where it has begun and is not over. */
export async function pause(fleet: Fleet, rollout: Rollout): Promise<RolloutResult> {
  const { who } = rollout.me;
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  const unseen = unseenOf(fleet, looked);
  const written = await eachHost(fleet, looked, async ({ located, found }) => {
    const state = found?.file?.state;
    if (!state || !isIn(rollout.spec, state) || state.stage === 'done') return undefined;
    const paused = { who, at: Math.floor(rollout.now()) };
    return write(
      fleet,
      located,
      { ...state, paused, claim: undefined },
      state,
      found.file?.counts ?? {},
      who,
    );
  });
  const again = await lookAt(fleet, rollout.hosts, rollout.now);
  return {
    ...decided(rollout, again, 'advance'),
    outcomes: [...unseen, ...written.flatMap((it) => it ?? [])],
  };
}

/**
 * Takes the rollout back where it is not done: its transactions, the newest first, to the bytes before them. What is
 * enforced and done stays.
 */
export async function abort(
  fleet: Fleet,
  rollout: Rollout,
  go: () => Promise<boolean>,
): Promise<RolloutResult> {
  if (!(await go())) return { ...(await rolloutStatus(fleet, rollout)), outcomes: [{ is: 'pending' }] };
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  const unseen = unseenOf(fleet, looked);
  const open = looked.filter(({ found }) => {
    const state = found?.file?.state;
    return state && isIn(rollout.spec, state) && state.stage !== 'done';
  });
  const undone = await oneByOne(
    fleet,
    open.map(({ located }) => located),
    {
      probe: placedProbe,
      chosen: (folders) => folders.toReversed(),
      script: (folder) => backTrip(folder, 'undo', rollout.me.who),
      goesOnAfter: 'restored',
    },
  );
  const again = await lookAt(fleet, rollout.hosts, rollout.now);
  return { ...decided(rollout, again, 'advance'), outcomes: [...unseen, ...undone] };
}

/** Tells how those hosts ended that could not be seen. */
const unseenOf = (fleet: Fleet, looked: readonly Looked[]): readonly HostOutcome[] =>
  looked.flatMap(({ located, outcome }) => (outcome ? [end(fleet, located.it.host, outcome)] : []));

const decided = ({ spec, now, me }: Rollout, looked: readonly Looked[], mode: Mode) =>
  decide(
    spec,
    looked.map(({ host }) => host),
    now(),
    mode,
    me,
  );
