import type { HostOutcome } from '../events.ts';
import { judge, type Approved } from '../plan/approved.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import { outcomeOf } from './survey.ts';

/** What is to be done on a host: its tasks, and where a saved plan is applied, what was approved with it. */
export interface Work extends HostTasks {
  readonly approved?: Approved;
}

/**
 * How a host ends without a change; undefined where its plan is to be carried out.
 * @param approved what a saved plan says of the host
 * @param installed packages that the saved plan has brought just now
 */
export function endOf(
  plan: HostPlan,
  approved: Approved | undefined,
  installed: readonly string[] = [],
): HostOutcome | undefined {
  if (plan.state === 'blocked') return outcomeOf(plan);
  const verdict = approved && judge(approved, plan);
  if (verdict?.is === 'other') {
    const { gone, added } = verdict;
    return installed.length > 0 ? { is: 'unapproved', installed, gone, added } : { is: 'stale', gone, added };
  }
  if (plan.state === 'changes') return undefined;
  return installed.length > 0 ? { is: 'committed' } : outcomeOf(plan);
}
