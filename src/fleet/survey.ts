import type { HostOutcome } from '../events.ts';
import { hostFacts, supported, type HostFacts } from '../observe/host.ts';
import { observeTrip, type Observations } from '../observe/observe.ts';
import type { Probe } from '../observe/probe.ts';
import { planHost } from '../plan/plan.ts';
import type { HostPlan } from '../plan/types.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Connection } from '../transport/transport.ts';
import { backTrip } from '../apply/session.ts';

/** What was learnt of one host in one trip. */
export interface Look {
  readonly facts: HostFacts;
  readonly observations: Observations;
}

/** One trip for all probes. An unfinished transaction of an earlier run is finished backwards first. */
export async function observe(connection: Connection, probes: readonly Probe<unknown>[]): Promise<Look> {
  const look = await ask(connection, probes);
  const [unfinished] = look.facts.unfinished;
  if (!unfinished) return look;
  await connection.run(backTrip(unfinished.folder, 'recover'));
  return ask(connection, probes);
}

async function ask(connection: Connection, probes: readonly Probe<unknown>[]): Promise<Look> {
  const trip = observeTrip(probes);
  const result = await connection.run(trip.script);
  const observations = trip.read(result.stdout);
  return { facts: hostFacts(observations.frames), observations };
}

/** The plan for a host after one trip. */
export async function survey(
  connection: Connection,
  { host, tasks }: HostTasks,
  modules: ReadonlyMap<string, ModuleDefinition>,
): Promise<{ plan: HostPlan; look: Look }> {
  const probes = tasks.flatMap((task) => Object.values(modules.get(task.module)?.observe(task.params) ?? {}));
  const look = await observe(connection, probes);
  const { facts } = look;
  const plan = planHost({
    host,
    tasks,
    modules,
    facts: { ...facts },
    answer: look.observations.answer,
  });
  return { plan, look };
}

/** Why a host is not touched at all, if it isn't one that confine is tested on. */
export function untested(facts: HostFacts, allowed: boolean): HostOutcome | undefined {
  if (allowed || supported(facts)) return undefined;
  return {
    is: 'refused',
    reason: `${facts.os || 'this system'} ${facts.version} is not one that confine is tested on (Debian 11, 12 and 13 are)`,
    hint: 'try it on a throwaway host first, then use --allow-untested',
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
