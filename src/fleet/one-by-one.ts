import type { HostOutcome } from '../events.ts';
import type { Probe } from '../observe/probe.ts';
import type { Connection } from '../transport/transport.ts';
import { noteTold, trip } from './apply.ts';
import { tellEarlier } from './earlier.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import { lookBegins } from './look-each.ts';
import { patiently } from './patience.ts';
import { eachHost, end, interrupted, type Fleet } from './fleet.ts';
import { inOtherHands, notRoot, observe } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** What is to be done on a host, one after the other, until one does not end as it should. */
export interface OneByOne<T> {
  readonly probe: Probe<readonly T[]>;
  /** What of the answer is to be done, in this order. */
  readonly chosen: (seen: readonly T[]) => readonly string[];
  readonly script: (id: string) => string;
  readonly goesOnAfter: HostOutcome['is'];
}

/** Asks every host what there is, and does it there. A host on which there is nothing is in sync. */
export function oneByOne<T>(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  steps: OneByOne<T>,
): Promise<readonly HostOutcome[]> {
  return eachHost(fleet, hosts, async (located) => {
    const { host } = located.it;
    if (fleet.stop.aborted) return end(fleet, host, interrupted);
    lookBegins(fleet, located);
    const progress = (step: string, detail: string) =>
      fleet.emit({ event: 'host-progress', host, step, detail });
    let connection: Connection | undefined;
    let outcome: HostOutcome;
    try {
      connection = await fleet.transport.connect(located.target);
      const open = connection;
      outcome = await patiently(fleet, open, host, async () => {
        const found = await ask(fleet, host, open, steps.probe);
        if ('is' in found) return found;
        let done: HostOutcome = { is: 'in-sync' };
        fleet.emit({ event: 'host-started', host });
        for (const id of steps.chosen(found)) {
          done = await trip(open, steps.script(id), progress).catch(outcomeOfApplyError);
          if (done.is !== steps.goesOnAfter) break;
        }
        return done;
      });
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    await connection?.close();
    return end(fleet, host, outcome);
  });
}

/** What a host answers, or why it can't be seen. */
async function ask<T>(
  fleet: Fleet,
  host: string,
  connection: Connection,
  probe: Probe<readonly T[]>,
): Promise<readonly T[] | HostOutcome> {
  const { facts, observations } = await observe(connection, [probe]);
  const seen = observations.answer(probe);
  await noteTold(connection, tellEarlier(fleet.emit, host, facts));
  const no = notRoot(facts) ?? inOtherHands(facts);
  if (no) return no;
  if (seen.is === 'unknown') return { is: 'failed', reason: seen.reason, hint: undefined };
  return seen.is === 'value' ? seen.value : [];
}
