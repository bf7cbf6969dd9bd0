import { z } from 'zod';
import { AbsolutePath, type ProfileName } from '../brand.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { holdsProbe, type Hold } from '../observe/attest-holds.ts';
import { keyedText } from '../observe/keyed.ts';
import { absent, value, type Known, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { enforces } from '../playbook/rollout.ts';
import type { CompiledTask, HostTasks } from '../playbook/types.ts';
import { fileProbe, Refusal, type FileDesire, type Node } from '../resources/file.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import { definedProfile, type Profile, type UndefinedProfile } from '../resources/profile.ts';
import { modeDesires } from '../resources/profile-mode.ts';
import type { Desire } from '../resources/resources.ts';
import { formatState, stateIn, statePath, stateProbe, type StateFile } from '../rollout/state.ts';
import { endCommand, isAudit } from './holds.ts';

/** A step of a rollout that changes its host, with the state that stands behind it. */
export interface RolloutStep {
  readonly move: 'enter' | 'enforce' | 'finish';
  readonly profile: ProfileName;
  /** The generation of the state that was seen; undefined where there was none. */
  readonly seen: number | undefined;
  readonly next: StateFile;
  /** Who takes it, as the hold says. */
  readonly who: string;
}

/** Where the hold of a rollout lies; a host has one at most. */
const holdPath = AbsolutePath.parse('/var/lib/confine/holds/rollout');

/** What a step that came too late says: that host is left to whoever was quicker. */
export const quicker = 'another controller was quicker with the rollout on this host';

/**
 * Steps of a rollout: the mode of the profile, the state and the hold, in one transaction. The comparison of the
 * state's bytes under the lock is the swap. No word of playbooks, but planned and applied as a task is.
 */
export const rolloutModule: ModuleDefinition = {
  name: 'rollout',
  summary: 'A step of a rollout',
  example: '',
  params: z.custom<RolloutStep>(),
  observe: (want) => ({
    state: fileProbe(statePath),
    hold: fileProbe(holdPath),
    holds: holdsProbe,
    ...((want as RolloutStep).move === 'finish'
      ? {}
      : { profile: profileProbe((want as RolloutStep).profile) }),
  }),
  desire: (want, seen) => {
    const step = want as RolloutStep;
    const [state, hold] = [seen['state'] as Known<Node>, seen['hold'] as Known<Node>];
    refuseLate(state, step.seen);
    const write: FileDesire = { ...at(statePath, state), want: file(formatState(step.next)) };
    if (step.move === 'finish') return [write, { ...at(holdPath, hold), want: absent }];
    const profile = definedProfile(step.profile, seen['profile'] as Known<Profile | UndefinedProfile>);
    refuseHeld(step.profile, seen['holds'] as Known<readonly Hold[]>);
    const enters = step.move === 'enter';
    const mode: readonly Desire[] = enters
      ? modeDesires(profile, 'complain', 'none')
      : modeDesires(profile, 'enforce', 'restart');
    return [
      ...mode,
      write,
      ...(enters ? [{ ...at(holdPath, hold), want: file(holdText(step, profile)) }] : []),
    ];
  },
};

/**
 * The holds of a host, as they bear on its tasks: a step of a rollout is not held by the rollout itself, and where a
 * play's rollout has not begun, nobody else enforces its profile. The mode there stays as it is.
 */
export function holdsOn(
  { plays, tasks }: Pick<HostTasks, 'plays' | 'tasks'>,
  answer: <T>(probe: Probe<T>) => Observation<T>,
): Observation<readonly Hold[]> {
  const holds = answer(holdsProbe);
  if (holds.is !== 'value') return holds;
  if (tasks.some((it) => it.module === rolloutModule.name))
    return value(holds.value.filter((it) => it.kind !== 'rollout'));
  const all = [...holds.value];
  for (const { rollout } of plays) {
    if (rollout === undefined) continue;
    const state = answer(stateProbe);
    if (state.is === 'unknown') return state;
    const name = enforced(tasks, rollout.name);
    if (state.is === 'value' || name === undefined) continue;
    const profile = answer(profileProbe(name));
    if (profile.is === 'value' && profile.value.is === 'defined')
      all.push(notBegun(rollout.name, profile.value));
  }
  return value(all);
}

/** What holdsOn has to ask of a host besides its tasks' questions. */
export const holdProbes = (plays: HostTasks['plays']): readonly Probe<unknown>[] =>
  plays.some((it) => it.rollout !== undefined) ? [holdsProbe, stateProbe] : [holdsProbe];

/** The profile that a play enforces: that of its one task which says so. */
function enforced(tasks: readonly CompiledTask[], play: string): ProfileName | undefined {
  const task = tasks.find((it) => it.play === play && enforces(it.module, it.params));
  return task && (task.params as { readonly profile: ProfileName }).profile;
}

const notBegun = (why: string, profile: Profile): Hold => ({
  id: 'rollout',
  kind: 'rollout',
  who: '',
  why,
  since: 0,
  until: undefined,
  mechanisms: [],
  files: keptFiles(profile),
  profiles: [profile.header.name],
});

/** What of a profile's mode lies in files. */
const keptFiles = ({ file, header, disable, forceComplain }: Profile): readonly string[] => [
  disable.path,
  forceComplain.path,
  ...(header.flags.includes('complain') ? [file.path] : []),
];

function holdText({ who, next: { state } }: RolloutStep, profile: Profile): string {
  const lines: readonly (readonly [string, string | number])[] = [
    ['version', 1],
    ['kind', 'rollout'],
    ['who', who],
    ['why', state.name],
    ['since', Math.floor(state.since)],
    ['mechanism', 'apparmor'],
    ...keptFiles(profile).map((it) => ['file', it] as const),
    ['profile', profile.header.name],
  ];
  return keyedText(lines);
}

function refuseLate(node: Known<Node>, generation: number | undefined): void {
  const state = stateIn(node);
  const now = state.is === 'value' ? state.value.state.generation : undefined;
  if (state.is === 'unknown' || now !== generation) throw new Refusal('error', quicker);
}

/** Neither would have its end, nor begin, as it was left. */
function refuseHeld(name: ProfileName, holds: Known<readonly Hold[]>): void {
  const hold =
    holds.is === 'value'
      ? holds.value.find((it) => it.kind !== 'rollout' && !isAudit(it) && it.profiles.includes(name))
      : undefined;
  if (!hold) return;
  const command = endCommand(hold);
  throw new Refusal(
    'error',
    `profile ${name} is held already (${hold.kind}) by ${hold.who || 'somebody'}`,
    command === undefined ? 'wait for its end; confine status shows when that is' : `${command} ends that`,
  );
}

const at = (path: FileDesire['path'], seen: Known<Node>) => ({ resource: 'file', path, seen }) as const;

const file = (text: string): Known<Node> =>
  value({ is: 'file', content: Buffer.from(text), mode: '0644', owner: 'root', group: 'root' });
