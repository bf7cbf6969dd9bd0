import pLimit from 'p-limit';
import type { Emit, HostOutcome } from '../events.ts';
import { hostFindingText } from '../lint/host.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Transport } from '../transport/index.ts';
import type { Connection } from '../transport/transport.ts';
import { interrupted, outcomeOfError } from './failure.ts';
import { patiently } from './patience.ts';
import { outcomeOf, refusal, survey, type Planning } from './survey.ts';
import type { Located } from './targets.ts';

/** What a run over a fleet needs besides its hosts. */
export interface Fleet extends Planning {
  readonly transport: Pick<Transport, 'connect'>;
  /** Hosts at once. */
  readonly forks: number;
  readonly allowUntested: boolean;
  /** Seconds that a host which another run holds is waited for. */
  readonly lockWait: number;
  /** Once aborted, no further host is started; those in flight finish. */
  readonly stop: AbortSignal;
  readonly emit: Emit;
}

/** A host that differs from its playbooks, with its connection still open. */
export interface Surveyed {
  readonly located: Located<HostTasks>;
  readonly connection: Connection;
  readonly plan: HostPlan;
}

/** A host that ended without a change. */
export interface Ended {
  readonly located: Located<HostTasks>;
  readonly outcome: HostOutcome;
}

/**
 * Looks at all hosts at once, one trip each, and keeps the connections to those that differ. A host that
 * can't be reached stops no other.
 */
export function surveyFleet(
  fleet: Fleet,
  hosts: readonly Located<HostTasks>[],
): Promise<readonly (Surveyed | Ended)[]> {
  return eachHost(fleet, hosts, async (located) => {
    const found = await look(fleet, located);
    return 'plan' in found ? found : { located, outcome: end(fleet, located.it.host, found) };
  });
}

/** Looks at all hosts as surveyFleet does, and lets go of each as soon as it was looked at. */
export function planFleet(
  fleet: Fleet,
  hosts: readonly Located<HostTasks>[],
): Promise<readonly HostOutcome[]> {
  return eachHost(fleet, hosts, async (located) => {
    const found = await look(fleet, located);
    if (!('plan' in found)) return end(fleet, located.it.host, found);
    await found.connection.close();
    return end(fleet, located.it.host, outcomeOf(found.plan));
  });
}

/** One trip to a host: what differs there, with the connection, or how it ended without. */
async function look(fleet: Fleet, located: Located<HostTasks>): Promise<Surveyed | HostOutcome> {
  if (fleet.stop.aborted) return interrupted;
  const { it, target } = located;
  let connection: Connection | undefined;
  let outcome: HostOutcome;
  let found: HostPlan | undefined;
  try {
    const open = (connection = await fleet.transport.connect(target));
    outcome = await patiently(fleet, open, it.host, async () => {
      const { plan, facts, warnings } = await survey(open, it, fleet);
      const refused = refusal(facts, fleet.allowUntested);
      if (refused) return refused;
      for (const warning of warnings)
        fleet.emit({ event: 'warning', host: it.host, message: hostFindingText(warning) });
      fleet.emit({ event: 'host-planned', host: it.host, plan });
      found = plan;
      return outcomeOf(plan);
    });
    if (found && outcome.is === 'pending') return { located, connection, plan: found };
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

/** Visits hosts, as many at once as `--forks` says, and gives what came of each in their order. */
export async function eachHost<T, R>(
  { forks }: Pick<Fleet, 'forks'>,
  hosts: readonly T[],
  visit: (host: T) => Promise<R>,
): Promise<readonly R[]> {
  const limit = pLimit(forks);
  return Promise.all(hosts.map((it) => limit(() => visit(it))));
}
