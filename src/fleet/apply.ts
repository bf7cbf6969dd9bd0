import { isDeepStrictEqual } from 'node:util';
import { applyTrip, packagesTrip, toldTrip, type Request } from '../apply/session.ts';
import { lineReader, parseOutcome } from '../apply/outcome.ts';
import type { HostOutcome } from '../events.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Connection } from '../transport/transport.ts';
import { outcomeOf, survey, type Planning } from './survey.ts';

/** What the caller is told while a host is being changed. */
export interface Watcher {
  readonly planned: (plan: HostPlan) => void;
  readonly progress: (step: string, detail: string) => void;
}

/**
 * Carries out a plan on its host. Packages come first and forward only; behind them the host is observed
 * again, because what they bring was not known, and the rest is planned and applied as one transaction.
 */
export async function applyHost(
  connection: Connection,
  tasks: HostTasks,
  planning: Planning,
  plan: HostPlan,
  request: Request,
  watcher: Watcher,
): Promise<HostOutcome> {
  if (plan.state !== 'changes') return outcomeOf(plan);
  let rest = plan;
  if (plan.packages.length > 0) {
    const brought = await trip(connection, packagesTrip(plan.packages, request), watcher.progress);
    if (brought.is !== 'committed') return brought;
    rest = (await survey(connection, tasks, planning)).plan;
    // What was shown already needs no second look.
    if (!isDeepStrictEqual(rest.changes, plan.changes)) watcher.planned(rest);
    if (rest.packages.length > 0)
      return { is: 'failed', reason: `still not installed: ${rest.packages.join(', ')}`, hint: undefined };
    if (rest.state === 'in-sync') return { is: 'committed' };
    if (rest.state === 'blocked') return outcomeOf(rest);
  }
  return trip(connection, applyTrip(rest, request), watcher.progress);
}

/** Runs a supervisor on a host, tells its progress, and gives its outcome. */
export async function trip(
  connection: Connection,
  script: string,
  progress: Watcher['progress'],
): Promise<HostOutcome> {
  const onStdout = lineReader((line) => {
    const [kind, step = '', detail = ''] = line.split('\t');
    if (kind === 'progress') progress(step, detail);
  });
  const result = await connection.run(script, { onStdout });
  const { id, outcome } = parseOutcome(result.stdout.toString('utf8'));
  if (id) await acknowledge(connection, id);
  return outcome;
}

/** Tells a host that its outcome has arrived. Where that is lost, the next run says again how it went. */
export async function acknowledge(connection: Connection, id: string): Promise<void> {
  await connection.run(toldTrip(id)).catch(() => undefined);
}
