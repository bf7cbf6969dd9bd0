import { randomBytes } from 'node:crypto';
import { noteTrip, parseNoted } from '../apply/note.ts';
import type { Request } from '../apply/session.ts';
import type { HostName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { quicker, rolloutModule, type RolloutStep } from '../plan/rollout.ts';
import { statePath, type Counts, type StateFile } from '../rollout/state.ts';
import type { Controller, Decision, RolloutSpec, RolloutState } from '../rollout/types.ts';
import { changeFleet } from './change.ts';
import { outcomeOfError } from './failure.ts';
import { eachHost, end, type Fleet } from './fleet.ts';
import { loneTask } from './hold.ts';
import type { Found, Looked, Rolled } from './rollout-look.ts';

/** A rollout over its hosts, in the order of the play. */
export interface Rollout {
  readonly spec: RolloutSpec;
  readonly hosts: readonly Rolled[];
  readonly me: Controller;
  /** Seconds since the epoch, by the controller. */
  readonly now: () => number;
}

/** A move that is a transaction. */
export type Step = RolloutStep['move'];

/** A host with the move that is due on it. */
export interface Moving {
  readonly looked: Looked & { readonly found: Found };
  readonly move: Decision['move'];
}

/** The moves of those hosts that were seen and do not stay as they are. */
export function movesOf(looked: readonly Looked[], decisions: readonly Decision[]): readonly Moving[] {
  const moves = new Map<HostName, Decision['move']>(decisions.map(({ host, move }) => [host, move]));
  return looked.flatMap(({ found, ...it }): readonly Moving[] => {
    const move = moves.get(it.host.host);
    return found && move && move.is !== 'stay' ? [{ looked: { ...it, found }, move }] : [];
  });
}

/** The rollout's id: that of the hosts which are in it already, so that one imaged anew joins the same. */
export const idOf = (looked: readonly Looked[]): string =>
  looked.flatMap(({ found, located }) => {
    const state = found?.file?.state;
    return state && isIn(located.it.rollout.spec, state) ? [state.id] : [];
  })[0] ?? randomBytes(4).toString('hex');

/** Whether a host stands in this rollout. */
export const isIn = ({ name }: RolloutSpec, state: RolloutState): boolean => state.name === name;

/** Writes what a look proved, and claims, on each host whose move that is. */
export async function notes(
  fleet: Fleet,
  { me: { who } }: Rollout,
  moves: readonly Moving[],
): Promise<readonly HostOutcome[]> {
  const due = moves.filter(({ move }) => move.is === 'note' || move.is === 'claim');
  return eachHost(fleet, due, async ({ looked: { located, found }, move }) => {
    const seen = found.file?.state;
    if ((move.is !== 'note' && move.is !== 'claim') || !seen) return { is: 'in-sync' };
    // Of one that has just entered that is no news.
    if (move.is === 'note' && move.anew !== undefined && seen.policy !== '')
      fleet.emit({
        event: 'warning',
        host: located.it.host,
        message: `the soak begins again: ${move.anew}`,
      });
    return write(fleet, located, move.state, seen, countsOf(found), who);
  });
}

const countsOf = ({ evidence: { counts } }: Found): Counts =>
  counts.is === 'value' ? counts.value.after : {};

/** Writes a state where it still is the one that was seen; who was quicker keeps it. */
export async function write(
  fleet: Fleet,
  { it: { host }, target }: Rolled,
  state: RolloutState,
  seen: RolloutState,
  counts: Counts,
  who: string,
): Promise<HostOutcome> {
  const file: StateFile = { state: { ...state, generation: seen.generation + 1 }, counts };
  try {
    const connection = await fleet.transport.connect(target);
    try {
      const { stdout } = await connection.run(noteTrip(file, seen.generation, who));
      const noted = parseNoted(stdout.toString('utf8'));
      if (noted.is === 'noted') return { is: 'in-sync' };
      if (noted.is === 'quicker') return late(fleet, host);
      const outcome: HostOutcome =
        noted.is === 'locked' ? noted : { is: 'failed', reason: noted.reason, hint: undefined };
      return end(fleet, host, outcome);
    } finally {
      await connection.close();
    }
  } catch (error) {
    return end(fleet, host, outcomeOfError(error));
  }
}

function late(fleet: Fleet, host: string): HostOutcome {
  fleet.emit({ event: 'warning', host, message: quicker });
  return { is: 'in-sync' };
}

/** Of the moves those that are transactions of these kinds, one kind after the other. */
export async function eachStep(
  fleet: Fleet,
  rollout: Rollout,
  steps: readonly Step[],
  moves: readonly Moving[],
  id: string,
  request: Request,
): Promise<readonly HostOutcome[]> {
  const outcomes: HostOutcome[] = [];
  for (const step of steps) {
    const due = moves.filter(({ move }) => move.is === step);
    if (due.length === 0) continue;
    const ended = new Map<string, HostOutcome>();
    const own: Fleet = {
      ...fleet,
      modules: new Map([[rolloutModule.name, rolloutModule]]),
      emit: (event) => {
        if (event.event === 'host-ended') {
          ended.set(event.host, event.outcome);
          if (isLate(event.outcome)) return;
        }
        fleet.emit(event);
      },
    };
    const hosts = due.map((it) => {
      const { located } = it.looked;
      const task = loneTask(rolloutModule, titles[step], taken(it, id, rollout));
      return { ...located, it: { ...located.it, plays: [], tasks: [task] } };
    });
    const watch = step === 'enforce' ? rollout.spec.watch : step === 'finish' ? 'over' : undefined;
    await changeFleet(
      own,
      hosts,
      { ...request, ...(watch === undefined ? {} : { watch }) },
      async () => true,
    );
    for (const { looked } of due) {
      const outcome = ended.get(looked.host.host) ?? { is: 'unknown', reason: 'no outcome', hint: undefined };
      outcomes.push(isLate(outcome) ? late(fleet, looked.host.host) : outcome);
      if (step === 'enforce') await notEnforced(fleet, looked, outcome, rollout);
    }
  }
  return outcomes;
}

const titles: Readonly<Record<Step, string>> = {
  enter: 'Complain, and soak',
  enforce: 'Enforce, and watch',
  finish: 'The watch is over',
};

const isLate = (it: HostOutcome): boolean =>
  it.is === 'refused' && (it.reason.includes(quicker) || it.reason.startsWith(`${statePath} has changed`));

function taken(
  { looked: { located, found }, move }: Moving,
  id: string,
  { now, me: { who } }: Rollout,
): RolloutStep {
  const seen = found.file?.state.generation;
  const state =
    move.is === 'enforce' || move.is === 'finish' ? move.state : entered(located, found, id, now());
  // From a time on, so that a host that is imaged anew never has the generation that somebody saw before.
  const generation = (seen ?? Math.floor(now())) + 1;
  const step = move.is === 'enforce' || move.is === 'finish' ? move.is : 'enter';
  return {
    move: step,
    profile: located.it.rollout.profile,
    seen,
    next: { state: { ...state, generation }, counts: countsOf(found) },
    who,
  };
}

/** The state of a host that enters; which policy soaks, the look behind it tells. */
function entered(
  { it: { rollout } }: Rolled,
  { boot, evidence: { named, uptime, now: clock } }: Found,
  id: string,
  now: number,
): RolloutState {
  const invocation = named.is === 'value' ? named.value.invocation : '';
  return {
    version: 1,
    id,
    name: rollout.spec.name,
    generation: 1,
    stage: 'soaking',
    paused: undefined,
    claim: undefined,
    profile: rollout.profile,
    policy: '',
    since: now,
    soaked: 0,
    last: { boot, uptime, invocation, at: now },
    cursor: { boot, time: clock, serial: 0, line: 0 },
    exercised: [],
    reason: undefined,
  };
}

/**
 * An enforce that did not hold is told to whoever comes next: the host went back, and the wave stops. One that was not
 * begun gives its claim back.
 */
async function notEnforced(
  fleet: Fleet,
  { located, found }: Moving['looked'],
  outcome: HostOutcome,
  { now, me }: Rollout,
): Promise<void> {
  const file = found.file;
  if (!file || outcome.is === 'committed' || outcome.is === 'unknown' || isLate(outcome)) return;
  const kept: RolloutState = { ...file.state, claim: undefined };
  const state: RolloutState =
    outcome.is === 'undone' || outcome.is === 'unhealthy'
      ? { ...kept, stage: 'back', since: now(), soaked: 0, reason: outcome.reason }
      : kept;
  await write(fleet, located, state, file.state, file.counts, me.who);
}
