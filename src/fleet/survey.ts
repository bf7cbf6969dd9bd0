import type { HostOutcome } from '../events.ts';
import type { Diagnostic } from '../errors.ts';
import { lintHostUnit } from '../lint/host.ts';
import { hostFacts, supported, type HostFacts } from '../observe/host.ts';
import { observeTrip, type Observations } from '../observe/observe.ts';
import type { Probe } from '../observe/probe.ts';
import { planHost } from '../plan/plan.ts';
import { holdProbes, holdsOn } from '../plan/rollout.ts';
import { seenUnits } from '../plan/seen.ts';
import type { HostPlan } from '../plan/types.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { HostTasks } from '../playbook/types.ts';
import { TransportError, type Connection } from '../transport/transport.ts';
import { backTrip } from '../apply/session.ts';

/** What was learnt of one host in one trip. */
export interface Look {
  readonly facts: HostFacts;
  readonly observations: Observations;
}

/** Probes that are asked in one trip, and what their answers say together. */
export interface Question<T> {
  readonly probes: readonly Probe<unknown>[];
  readonly read: (answer: Observations['answer']) => T;
}

/**
 * One trip for all probes. A transaction of an earlier run that nobody works on any more is finished backwards first;
 * one that goes on is left alone.
 */
export async function observe(connection: Connection, probes: readonly Probe<unknown>[]): Promise<Look> {
  const look = await ask(connection, probes);
  const { unfinished, holder } = look.facts;
  if (unfinished.length === 0 || holder !== undefined) return look;
  for (const { folder } of unfinished) await connection.run(backTrip(folder, 'recover'));
  return ask(connection, probes);
}

/** Seconds that a host has to answer all questions; a busy one takes ten. */
const patience = 120;

/** @throws {TransportError} for an answer that was cut short: it says nothing, not even which system this is. */
async function ask(connection: Connection, probes: readonly Probe<unknown>[]): Promise<Look> {
  const trip = observeTrip(probes);
  const result = await connection.run(trip.script, { timeout: patience });
  const observations = trip.read(result.stdout);
  if (!observations.frames.complete) {
    const said = result.stderr.toString('utf8').trim().split('\n').slice(-3).join(' / ');
    throw new TransportError(
      connection.host,
      'no-shell',
      `sh on the host did not come to the end of the questions${said && `; it said: ${said}`}`,
      'is /bin/sh a POSIX shell there, and is there memory and room in /tmp?',
    );
  }
  return { facts: hostFacts(observations.frames), observations };
}

/** What the modules of tasks want to know. */
export const probesOf = (
  tasks: HostTasks['tasks'],
  modules: ReadonlyMap<string, ModuleDefinition>,
): readonly Probe<unknown>[] =>
  tasks.flatMap((task) => Object.values(modules.get(task.module)?.observe(task.params) ?? {}));

/** What planning needs besides a host's tasks. */
export interface Planning {
  readonly modules: ReadonlyMap<string, ModuleDefinition>;
  /** Whether what holds a host apart from its playbook ends. */
  readonly breakHolds: boolean;
}

/** The plan for a host after one trip. */
export async function survey(
  connection: Connection,
  { host, plays, tasks }: Pick<HostTasks, 'host' | 'plays' | 'tasks'>,
  { modules, breakHolds }: Planning,
): Promise<{ plan: HostPlan; facts: HostFacts; warnings: readonly Diagnostic[] }> {
  const probes = probesOf(tasks, modules);
  const { facts, observations } = await observe(connection, [...holdProbes(plays), ...probes]);
  const { answer } = observations;
  const [holds, { lsm, named }] = [holdsOn({ plays, tasks }, answer), facts];
  const plan = planHost({ host, tasks, modules, facts: { ...facts }, lsm, named, answer, holds, breakHolds });
  return { plan, facts, warnings: unitWarnings(probes, observations, facts) };
}

/** What the rules about units find in what the host has already, apart from files that tasks write. */
function unitWarnings(
  probes: readonly Probe<unknown>[],
  { answer }: Observations,
  facts: HostFacts,
): readonly Diagnostic[] {
  const { units, owned } = seenUnits(probes, answer);
  return [...units.values()].flatMap((it) => lintHostUnit(it, facts, owned));
}

/** Why a host is not touched at all, whatever its plan: confine is not tested on it, or may not see all of it. */
export function refusal(facts: HostFacts, allowUntested: boolean): HostOutcome | undefined {
  if (!allowUntested && !supported(facts))
    return {
      is: 'refused',
      reason: `${[facts.os || 'this system', facts.version].join(' ').trim()} is not one that confine is tested on (Debian 11, 12 and 13 are)`,
      hint: 'try it on a throwaway host first, then use --allow-untested',
    };
  return notRoot(facts) ?? inOtherHands(facts);
}

/** Why nothing can be planned for a host now: it changes at this moment, or can't be brought to rest. */
export function inOtherHands({ holder, unfinished }: HostFacts): HostOutcome | undefined {
  if (holder !== undefined) return { is: 'locked', reason: holder };
  const [open] = unfinished;
  return (
    open && {
      is: 'failed',
      reason: `the unfinished transaction ${open.folder} (${open.phase}) could not be finished`,
      hint: `on the host, journalctl -u 'confine-*' says why; then try again`,
    }
  );
}

/** Why a host can't be judged: who is not root sees only a part of it, and that part may look in sync. */
export function notRoot(facts: HostFacts): HostOutcome | undefined {
  if (facts.root) return undefined;
  return {
    is: 'refused',
    reason: 'only root sees what confines named, and the login user is not root',
    hint: 'add --become (-b), or "become: true" to the play; or log in as root (ansible_user)',
  };
}

/** The outcome that a plan by itself means. */
export function outcomeOf(plan: HostPlan): HostOutcome {
  if (plan.state === 'in-sync') return { is: 'in-sync' };
  if (plan.state === 'changes') return { is: 'pending' };
  for (const { name, result } of plan.tasks) {
    if (result.is === 'refused')
      return {
        is: result.kind === 'conflict' ? 'conflict' : 'refused',
        reason: `${name}: ${result.message}`,
        hint: result.hint,
      };
    if (result.is === 'unknown')
      return {
        is: 'refused',
        reason: `${name}: unknown: ${result.reason}`,
        hint: 'nothing is changed where something it depends on is unknown',
      };
  }
  return { is: 'failed', reason: 'blocked without a reason', hint: undefined };
}
