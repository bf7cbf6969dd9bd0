import type { Emit, HostOutcome } from '../events.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { planFleet } from '../fleet/run.ts';
import type { Located } from '../fleet/targets.ts';
import { approvalOf } from '../plan/approved.ts';
import { planFileText } from '../plan/saved.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import { commitOf } from './git.ts';
import { vocabularyOf } from './modules.ts';
import type { CommonOptions } from './options.ts';
import { planDestination, writePlanFile } from './plan-file.ts';
import { compileFor } from './compile.ts';
import { requestOf, running, type Session } from './session.ts';

/** `confine plan`: one trip to every host, and what would change there; with `--out`, kept to be applied. */
export async function plan(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  const hosts = await compileFor(playbooks, options);
  const { out } = options;
  const commit = commitOf(playbooks);
  if (out === undefined)
    return running('plan', hosts, options, ({ fleet, located }) => planFleet(fleet, located), {
      commit,
      args: playbooks,
    });
  const target = planDestination(out);
  const { own } = await vocabularyOf(options);
  const planning = ({ fleet, located }: Session<HostTasks>) =>
    planAndSave(fleet, located, (planned, leftOut) => {
      const { who: by, version } = requestOf(options, commit);
      const { breakHolds } = fleet;
      const origin = { version, commit, by, made: new Date().toISOString(), breakHolds };
      writePlanFile(target, planFileText(origin, planned, leftOut, own));
      const deferred = planned.flatMap(({ plan }) =>
        approvalOf(plan).deferred.length > 0 ? [plan.host] : [],
      );
      fleet.emit({ event: 'plan-saved', file: out, hosts: planned.length, deferred, leftOut });
    });
  return running('plan', hosts, options, planning, { commit, args: playbooks });
}

interface Planned {
  readonly tasks: HostTasks;
  readonly plan: HostPlan;
}

/** Plans all hosts, and hands over the plans of those that have one, and how the others ended. */
async function planAndSave(
  fleet: Fleet,
  hosts: readonly Located<HostTasks>[],
  save: (planned: readonly Planned[], leftOut: Readonly<Record<string, string>>) => void,
): Promise<readonly HostOutcome[]> {
  const plans = new Map<string, HostPlan>();
  const leftOut: Record<string, string> = {};
  const emit: Emit = (event) => {
    if (event.event === 'host-planned') plans.set(event.host, event.plan);
    if (event.event === 'host-ended' && !/^(in-sync|pending)$/.test(event.outcome.is))
      leftOut[event.host] = event.outcome.is;
    fleet.emit(event);
  };
  const outcomes = await planFleet({ ...fleet, emit }, hosts);
  const planned = hosts.flatMap(({ it }): Planned[] => {
    const plan = it.host in leftOut ? undefined : plans.get(it.host);
    return plan ? [{ tasks: it, plan }] : [];
  });
  // Some hosts of an interrupted run would be taken for all of them.
  if (planned.length > 0 && !fleet.stop.aborted) save(planned, leftOut);
  else fleet.emit({ event: 'warning', host: undefined, message: 'no plan is saved' });
  return outcomes;
}
