import { backTrip } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { committedProbe } from '../observe/attest.ts';
import type { Connection } from '../transport/transport.ts';
import { trip } from './apply.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import { eachHost, end, untouched, type Fleet } from './run.ts';
import { notRoot, observe } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/**
 * Takes back on every host what confine did there: its transactions, the newest first, each to the bytes before
 * it. Packages stay. A host on which one can't be taken back keeps that and those before it.
 * @param howMany `last` for the newest transaction alone
 */
export async function undoFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  howMany: 'all' | 'last',
): Promise<readonly HostOutcome[]> {
  const ended: HostOutcome[] = [];
  await eachHost(fleet, hosts, async ({ it: { host }, target }) => {
    if (fleet.stop.aborted) return void ended.push(end(fleet, host, untouched));
    let connection: Connection | undefined;
    let outcome: HostOutcome;
    try {
      connection = await fleet.transport.connect(target);
      const open = connection;
      const folders = await standing(open);
      const chosen = 'is' in folders ? [] : folders.toReversed().slice(0, howMany === 'all' ? undefined : 1);
      outcome = 'is' in folders ? folders : { is: 'in-sync' };
      for (const folder of chosen) {
        const progress = (step: string, detail: string) =>
          fleet.emit({ event: 'host-progress', host, step, detail });
        outcome = await trip(open, backTrip(folder, 'undo'), progress).catch(outcomeOfApplyError);
        if (outcome.is !== 'restored') break;
      }
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    await connection?.close();
    ended.push(end(fleet, host, outcome));
  });
  return ended;
}

/** The transactions that stand on a host, or why they can't be seen. */
async function standing(connection: Connection): Promise<readonly string[] | HostOutcome> {
  const { facts, observations } = await observe(connection, [committedProbe]);
  const seen = observations.answer(committedProbe);
  const blind = notRoot(facts);
  if (blind) return blind;
  if (seen.is === 'unknown') return { is: 'failed', reason: seen.reason, hint: undefined };
  return seen.is === 'value' ? seen.value : [];
}
