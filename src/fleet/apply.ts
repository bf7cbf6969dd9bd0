import { isDeepStrictEqual } from 'node:util';
import { applyTrip, packagesTrip, toldTrip, transactionId, type Request } from '../apply/session.ts';
import { lineReader, parseOutcome } from '../apply/outcome.ts';
import type { HostOutcome } from '../events.ts';
import type { HostPlan } from '../plan/types.ts';
import type { Transport } from '../transport/index.ts';
import type { Connection } from '../transport/transport.ts';
import { endOf, type Work } from './approval.ts';
import { confirmation, standing, type Confirmation, type Outside } from './confirm.ts';
import { inOtherHands, outcomeOf, survey, type Planning } from './survey.ts';

/** What the caller is told while a host is being changed. */
export interface Watcher {
  readonly planned: (plan: HostPlan) => void;
  readonly progress: (step: string, detail: string) => void;
  readonly warning: (message: string) => void;
}

/** What applying needs besides planning. */
export interface Applying extends Planning {
  readonly transport: Pick<Transport, 'connect'>;
}

/**
 * Carries out a plan on its host. Packages come first and forward only; behind them the host is observed
 * again, because what they bring was not known, and the rest is planned and applied as one transaction.
 */
export async function applyHost(
  connection: Connection,
  tasks: Work,
  applying: Applying,
  plan: HostPlan,
  request: Request,
  watcher: Watcher,
  outside?: Outside,
): Promise<HostOutcome> {
  if (plan.state !== 'changes') return outcomeOf(plan);
  let rest = plan;
  if (plan.packages.length > 0) {
    const stands = outside && (await standing(applying.transport, connection, plan, outside));
    if (stands?.is === 'refused') return stands;
    const brought = await trip(connection, packagesTrip(plan.packages, request), watcher.progress);
    if (brought.is !== 'committed') return brought;
    const again = await survey(connection, tasks, applying);
    rest = again.plan;
    const other = inOtherHands(again.facts);
    if (other) return other;
    // What was shown already needs no second look.
    if (!isDeepStrictEqual(rest.changes, plan.changes)) watcher.planned(rest);
    if (rest.packages.length > 0)
      return { is: 'failed', reason: `still not installed: ${rest.packages.join(', ')}`, hint: undefined };
    const ended = endOf(rest, tasks.approved, plan.packages);
    if (ended) return ended;
  }
  if (outside === undefined) return trip(connection, applyTrip(rest, request), watcher.progress);
  const stands = await standing(applying.transport, connection, rest, outside);
  if (stands.is === 'refused') return stands;
  if (stands.warning !== undefined) watcher.warning(stands.warning);
  const id = transactionId();
  return confirmedTrip(
    connection,
    applyTrip(rest, { ...request, confirm: outside.within }, id),
    watcher.progress,
    confirmation(applying.transport, outside, stands.zones, id, watcher.progress),
  );
}

/** Runs a transaction that waits for the word from outside. */
async function confirmedTrip(
  connection: Connection,
  script: string,
  progress: Watcher['progress'],
  confirmation: Confirmation,
): Promise<HostOutcome> {
  const done = trip(connection, script, (step, detail) => {
    if (step === 'confirm') return confirmation.begin(detail);
    // What is seen from now on is named restarting, which is no reason for anything.
    if (step === 'phase' && detail === 'undoing') confirmation.end();
    return progress(step, detail);
  });
  const outcome = await done.finally(() => confirmation.end());
  const why = confirmation.end();
  return outcome.is === 'undone' && why !== undefined
    ? { ...outcome, reason: `${outcome.reason}; ${why}` }
    : outcome;
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
  const { outcome, folder } = parseOutcome(result.stdout.toString('utf8'));
  if (folder !== undefined && outcome.is !== 'unknown') await noteTold(connection, [folder]);
  return outcome;
}

/** Notes on the host that it was told how these ended. Where that is lost, it is told once more: no harm. */
export async function noteTold(connection: Connection, folders: readonly string[]): Promise<void> {
  if (folders.length > 0) await connection.run(toldTrip(folders)).catch(() => {});
}
