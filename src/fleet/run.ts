import pLimit from 'p-limit';
import type { Request } from '../apply/session.ts';
import type { Emit, HostOutcome } from '../events.ts';
import { hostFindingText } from '../lint/host.ts';
import type { LastTransaction } from '../observe/attest.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Transport } from '../transport/index.ts';
import type { Connection } from '../transport/transport.ts';
import { acknowledge, applyHost } from './apply.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import { outcomeOf, refusal, survey, type Planning } from './survey.ts';
import type { Located } from './targets.ts';

/** What a run over a fleet needs besides its hosts. */
export interface Fleet extends Planning {
  readonly transport: Pick<Transport, 'connect'>;
  /** Hosts at once. */
  readonly forks: number;
  readonly allowUntested: boolean;
  /** Once aborted, no further host is started; those in flight finish. */
  readonly stop: AbortSignal;
  readonly emit: Emit;
}

/** A host that differs from its playbooks, with its connection still open. */
export interface Surveyed {
  readonly tasks: HostTasks;
  readonly connection: Connection;
  readonly plan: HostPlan;
}

/** Hosts to change, and how the others ended already. */
export interface Survey {
  readonly surveyed: readonly Surveyed[];
  readonly ended: readonly HostOutcome[];
}

export const untouched: HostOutcome = { is: 'untouched' };

/**
 * Looks at all hosts at once, one trip each, and keeps the connections to those that differ. A host that
 * can't be reached stops no other.
 */
export async function surveyFleet(fleet: Fleet, hosts: readonly Located<HostTasks>[]): Promise<Survey> {
  const surveyed: Surveyed[] = [];
  const ended: HostOutcome[] = [];
  await eachHost(fleet, hosts, async (located) => {
    const found = await look(fleet, located, acknowledge);
    if ('plan' in found) surveyed.push(found);
    else ended.push(end(fleet, located.it.host, found));
  });
  return { surveyed, ended };
}

/** Looks at all hosts as surveyFleet does, and lets go of each as soon as it was looked at. */
export async function planFleet(
  fleet: Fleet,
  hosts: readonly Located<HostTasks>[],
): Promise<readonly HostOutcome[]> {
  const ended: HostOutcome[] = [];
  await eachHost(fleet, hosts, async (located) => {
    const found = await look(fleet, located);
    if (!('plan' in found)) return void ended.push(end(fleet, located.it.host, found));
    await found.connection.close();
    ended.push(end(fleet, located.it.host, outcomeOf(found.plan)));
  });
  return ended;
}

/** Applies the plans of hosts that were looked at, and closes their connections. */
export async function applyFleet(
  fleet: Fleet,
  surveyed: readonly Surveyed[],
  request: Request,
): Promise<readonly HostOutcome[]> {
  const ended: HostOutcome[] = [];
  await eachHost(fleet, surveyed, async ({ tasks, connection, plan }) => {
    const { host } = tasks;
    const change = () =>
      applyHost(connection, tasks, fleet, plan, request, {
        planned: (again) => fleet.emit({ event: 'host-planned', host, plan: again }),
        progress: (step, detail) => fleet.emit({ event: 'host-progress', host, step, detail }),
      });
    const outcome = fleet.stop.aborted ? untouched : await change().catch(outcomeOfApplyError);
    await connection.close();
    ended.push(end(fleet, host, outcome));
  });
  return ended;
}

/**
 * Looks at all hosts, and changes those that differ.
 * @param go asked once, with the number of those; where it says no, all stay as they are
 */
export async function changeFleet(
  fleet: Fleet,
  hosts: readonly Located<HostTasks>[],
  request: Request,
  go: (differ: number) => Promise<boolean>,
): Promise<readonly HostOutcome[]> {
  const { surveyed, ended } = await surveyFleet(fleet, hosts);
  const goes = surveyed.length === 0 || fleet.stop.aborted || (await go(surveyed.length));
  const rest = goes ? await applyFleet(fleet, surveyed, request) : await leaveFleet(fleet, surveyed);
  return [...ended, ...rest];
}

/** Leaves hosts that were looked at as they are. */
export async function leaveFleet(
  fleet: Fleet,
  surveyed: readonly Surveyed[],
): Promise<readonly HostOutcome[]> {
  return Promise.all(
    surveyed.map(async ({ tasks, connection, plan }) => {
      await connection.close();
      return end(fleet, tasks.host, fleet.stop.aborted ? untouched : outcomeOf(plan));
    }),
  );
}

/** What became of a transaction whose controller has not seen its end. */
function howItEnded({ id, who, commit, at, outcome, reason }: LastTransaction): string {
  const whose = `by ${who}${commit && ` from commit ${commit}`}`;
  const how = `${outcome}${reason && `: ${reason}`}`;
  return `transaction ${id} ${whose} ended without its controller, at ${new Date(at * 1000).toISOString()}: ${how}`;
}

/** One trip to a host: what differs there, with the connection, or how it ended without. */
async function look(
  fleet: Fleet,
  { it, target }: Located<HostTasks>,
  told: (connection: Connection, id: string) => Promise<void> = async () => {},
): Promise<Surveyed | HostOutcome> {
  if (fleet.stop.aborted) return untouched;
  let connection: Connection | undefined;
  let outcome: HostOutcome;
  try {
    connection = await fleet.transport.connect(target);
    const { plan, facts, warnings } = await survey(connection, it, fleet);
    const { untold } = facts;
    if (untold) {
      fleet.emit({ event: 'warning', host: it.host, message: howItEnded(untold) });
      await told(connection, untold.id);
    }
    const refused = refusal(facts, fleet.allowUntested);
    if (!refused) {
      for (const warning of warnings)
        fleet.emit({ event: 'warning', host: it.host, message: hostFindingText(warning) });
      fleet.emit({ event: 'host-planned', host: it.host, plan });
    }
    if (!refused && plan.state === 'changes') return { tasks: it, connection, plan };
    outcome = refused ?? outcomeOf(plan);
  } catch (error) {
    outcome = outcomeOfError(error);
  }
  await connection?.close();
  return outcome;
}

export function end(fleet: Fleet, host: string, outcome: HostOutcome): HostOutcome {
  fleet.emit({ event: 'host-ended', host, outcome });
  return outcome;
}

export async function eachHost<T>(
  { forks }: Fleet,
  hosts: readonly T[],
  visit: (host: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(forks);
  await Promise.all(hosts.map((it) => limit(() => visit(it))));
}
