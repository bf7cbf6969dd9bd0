import type { HostOutcome } from '../events.ts';
import { lintHostUnit } from '../lint/host.ts';
import { declaredUnits } from '../plan/declared.ts';
import { planHost } from '../plan/plan.ts';
import { holdProbes, holdsOn } from '../plan/rollout.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Connection } from '../transport/transport.ts';
import { allOf, attestation, attestationProbes, type Attestation } from './attestation.ts';
import type { Finding } from './finding.ts';
import { driftFindings, findings, unitFileFindings } from './findings.ts';
import type { Fleet } from './fleet.ts';
import { ended, lookEach } from './look-each.ts';
import { notRoot, observe, probesOf } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** A host of which the status is asked; with tasks, also whether it still is as they say. */
export type Asked = Reachable & Partial<Pick<HostTasks, 'plays' | 'tasks'>>;

/** What was learnt of a host, or how it ended without. */
export type HostStatus =
  | {
      readonly is: 'attested';
      readonly host: string;
      readonly attestation: Attestation;
      /** What its tasks would change, where there are any. */
      readonly plan: HostPlan | undefined;
      readonly findings: readonly Finding[];
    }
  | { readonly is: 'ended'; readonly host: string; readonly outcome: HostOutcome };

type AskedFleet = Pick<Fleet, 'transport' | 'forks' | 'stop' | 'emit' | 'modules'>;

/** Asks every host at once, one trip each. */
export const statusFleet = (
  fleet: AskedFleet,
  hosts: readonly Located<Asked>[],
): Promise<readonly HostStatus[]> =>
  lookEach(fleet, hosts, ended, (connection, { it }): Promise<HostStatus> =>
    attest(connection, it, fleet.modules),
  );

/** One trip: what confines named, and what the tasks would change; or why they can't be seen. */
async function attest(
  connection: Connection,
  { host, plays = [], tasks }: Asked,
  modules: Fleet['modules'],
): Promise<HostStatus> {
  const asks = attestationProbes(declaredUnits(tasks ?? []));
  const probes = [...allOf(asks), ...holdProbes(plays), ...probesOf(tasks ?? [], modules)];
  const { facts, observations } = await observe(connection, probes);
  const outcome = notRoot(facts);
  if (outcome) return { is: 'ended', host, outcome };
  const seen = attestation(asks, observations, facts);
  const { answer } = observations;
  const unit = answer(asks.unit);
  const defects = unit.is === 'value' ? lintHostUnit(unit.value, facts) : [];
  const plan =
    tasks &&
    planHost({
      host,
      tasks,
      modules,
      facts: { ...facts },
      lsm: facts.lsm,
      named: facts.named,
      answer,
      holds: holdsOn({ plays, tasks }, answer),
      breakHolds: false,
    });
  return {
    is: 'attested',
    host,
    attestation: seen,
    plan,
    findings: [...(plan ? driftFindings(plan) : []), ...unitFileFindings(defects), ...findings(seen)],
  };
}
