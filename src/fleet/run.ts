import type { Event, HostOutcome } from '../events.ts';
import { hostFindingText } from '../lint/host.ts';
import type { HostPlan } from '../plan/types.ts';
import { whoConfirms } from '../playbook/confirm.ts';
import type { Connection } from '../transport/transport.ts';
import { noteTold } from './apply.ts';
import { endOf, type Work } from './approval.ts';
import { tellEarlier } from './earlier.ts';
import { outcomeOfError } from './failure.ts';
import { eachHost, end, interrupted, type Fleet } from './fleet.ts';
import { lookBegins } from './look-each.ts';
import { declaredUnits } from '../plan/declared.ts';
import { changesConfinement, needsQuestion, needWarnings } from './needs.ts';
import { patiently } from './patience.ts';
import { observe, outcomeOf, refusal, survey } from './survey.ts';
import { zonesQuestion, zonesUnknown, type Serves } from './spare.ts';
import type { Located } from './targets.ts';

/** A host that differs from its playbooks, with its connection still open. */
export interface Surveyed {
  readonly located: Located<Work>;
  readonly connection: Connection;
  readonly plan: HostPlan;
  /** Of a host that restarts named beside others; undefined where nobody has to know. */
  readonly serves: Serves | undefined;
}

/** A host that ended without a change. */
export interface Ended {
  readonly located: Located<Work>;
  readonly outcome: HostOutcome;
}

/**
 * Looks at all hosts at once, one trip each, and keeps the connections to those that differ. A host that
 * can't be reached stops no other.
 */
export function surveyFleet(
  fleet: Fleet,
  hosts: readonly Located<Work>[],
): Promise<readonly (Surveyed | Ended)[]> {
  return eachHost(fleet, hosts, async (located) => {
    const found = await look(fleet, located, { told: noteTold, besides: hosts.length > 1 });
    return 'plan' in found ? found : { located, outcome: end(fleet, located.it.host, found) };
  });
}

/** Looks at all hosts as surveyFleet does, and lets go of each as soon as it was looked at. */
export function planFleet(fleet: Fleet, hosts: readonly Located<Work>[]): Promise<readonly HostOutcome[]> {
  return eachHost(fleet, hosts, async (located) => {
    const found = await look(fleet, located);
    if (!('plan' in found)) return end(fleet, located.it.host, found);
    await found.connection.close();
    return end(fleet, located.it.host, outcomeOf(found.plan));
  });
}

/** The plan of a host, as it is told. */
export const planned = ({ host, confirm }: Work, plan: HostPlan): Event => ({
  event: 'host-planned',
  host,
  plan,
  ...(confirm && { confirm: { from: whoConfirms(confirm), within: confirm.within } }),
});

/** What a look is for. */
interface Looking {
  readonly told: typeof noteTold;
  /** Other hosts may be changed at the same time. */
  readonly besides: boolean;
}

/** One trip to a host: what differs there, with the connection, or how it ended without. */
async function look(
  fleet: Fleet,
  located: Located<Work>,
  { told, besides }: Looking = { told: async () => {}, besides: false },
): Promise<Surveyed | HostOutcome> {
  if (fleet.stop.aborted) return interrupted;
  const { it, target } = located;
  lookBegins(fleet, located);
  let open: Connection | undefined;
  let found: Surveyed | HostOutcome;
  try {
    const connection = await fleet.transport.connect(target);
    open = connection;
    found = await patiently(fleet, connection, it.host, async () => {
      const { plan, facts, warnings } = await survey(connection, it, fleet);
      await told(connection, tellEarlier(fleet.emit, it.host, facts));
      const refused = refusal(facts, fleet.allowUntested);
      if (refused) return refused;
      const warn = (message: string) => fleet.emit({ event: 'warning', host: it.host, message });
      for (const warning of warnings) warn(hostFindingText(warning));
      fleet.emit(planned(it, plan));
      const serves =
        plan.state === 'changes' ? await lookAgain(connection, it, plan, besides, warn) : undefined;
      const ended = endOf(plan, it.approved);
      if (ended) return ended;
      return { located, connection, plan, serves };
    });
  } catch (error) {
    found = outcomeOfError(error);
  }
  if (!('plan' in found)) await open?.close();
  return found;
}

/** A second trip to a host that differs, which changes no plan: what would be denied there, and whom its zones would miss. */
async function lookAgain(
  connection: Connection,
  { tasks, availability }: Work,
  plan: HostPlan,
  besides: boolean,
  warn: (message: string) => void,
): Promise<Serves | undefined> {
  const declared = declaredUnits(tasks);
  const needs = changesConfinement(plan) ? needsQuestion(declared, plan) : undefined;
  const zones = besides && availability ? zonesQuestion(declared, plan) : undefined;
  const probes = [...(needs?.probes ?? []), ...(zones?.probes ?? [])];
  if (probes.length === 0) return undefined;
  const { answer } = (await observe(connection, probes)).observations;
  for (const message of needs ? needWarnings(needs.read(answer)) : []) warn(message);
  const serves = zones?.read(answer);
  const odd = serves && zonesUnknown(serves);
  if (odd !== undefined) warn(odd);
  return serves;
}
