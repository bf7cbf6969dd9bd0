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
  isStep,
  movesOf,
  notes,
  write,
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
  return {
    ...decided(rollout, looked, 'advance'),
    outcomes: looked.flatMap(({ outcome }) => outcome ?? []),
  };
}

/**
 * Looks at all hosts, decides, and makes the moves that are due. Those that a transaction moved are looked at once
 * more: so the soak of a host that has just entered begins there and then.
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
  const unseen = looked.flatMap(({ located, outcome }) =>
    outcome ? [end(fleet, located.it.host, outcome)] : [],
  );
  const first = decided(rollout, looked, mode);
  const moves = movesOf(looked, first.decisions);
  const counts = {
    enter: moves.filter(({ move }) => move.is === 'enter').length,
    enforce: moves.filter(({ move }) => move.is === 'enforce').length,
    finish: moves.filter(({ move }) => move.is === 'finish').length,
  };
  const steps = counts.enter + counts.enforce + counts.finish;
  if (steps > 0 && !(await go(counts))) return { ...first, outcomes: [...unseen, { is: 'pending' }] };
  const id = idOf(looked);
  const noted = await notes(fleet, moves, request.who);
  const moved = await eachStep(fleet, rollout, moves, id, request);
  if (steps === 0) return { ...first, outcomes: [...unseen, ...noted] };
  // Of the others the first look is as good.
  const again = await lookAt(
    fleet,
    moves.flatMap(({ looked: { located }, move }) => (isStep(move.is) ? [located] : [])),
    rollout.now,
  );
  const now = looked.map((it) => again.find(({ host }) => host.host === it.host.host) ?? it);
  const second = decided(rollout, now, 'advance');
  const entered = movesOf(again, second.decisions).filter(({ move }) => move.is === 'note');
  const begun = await notes(fleet, entered, request.who);
  return { ...second, outcomes: [...unseen, ...noted, ...moved, ...begun] };
}

/** Writes who paused it on every host where it has begun and is not over. */
export async function pause(fleet: Fleet, rollout: Rollout, who: string): Promise<RolloutResult> {
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  const outcomes = await eachHost(fleet, looked, async ({ located, found, outcome }) => {
    const state = found?.file?.state;
    if (outcome || !state || !isIn(rollout.spec, state) || state.stage === 'done') return outcome;
    const paused = { who, at: Math.floor(rollout.now()) };
    return write(fleet, located, { ...state, paused }, state, found.file?.counts ?? {}, who);
  });
  const again = await lookAt(fleet, rollout.hosts, rollout.now);
  return { ...decided(rollout, again, 'advance'), outcomes: outcomes.flatMap((it) => it ?? []) };
}

/**
 * Takes the rollout back where it is not done: its transactions, the newest first, to the bytes before them. What is
 * enforced and done stays.
 */
export async function abort(
  fleet: Fleet,
  rollout: Rollout,
  who: string,
  go: () => Promise<boolean>,
): Promise<RolloutResult> {
  if (!(await go())) return { ...(await rolloutStatus(fleet, rollout)), outcomes: [{ is: 'pending' }] };
  const looked = await lookAt(fleet, rollout.hosts, rollout.now);
  const unseen = looked.flatMap(({ located, outcome }) =>
    outcome ? [end(fleet, located.it.host, outcome)] : [],
  );
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
      script: (folder) => backTrip(folder, 'undo', who),
      goesOnAfter: 'restored',
    },
  );
  const again = await lookAt(fleet, rollout.hosts, rollout.now);
  return { ...decided(rollout, again, 'advance'), outcomes: [...unseen, ...undone] };
}

const decided = ({ spec, now }: Rollout, looked: readonly Looked[], mode: Mode) =>
  decide(
    spec,
    looked.map(({ host }) => host),
    now(),
    mode,
  );
