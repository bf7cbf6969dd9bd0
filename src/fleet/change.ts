import type { Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import type { HostTasks } from '../playbook/types.ts';
import { batches, exceeded, lost, type Result } from './batches.ts';
import { eachHost, end, surveyFleet, type Fleet, type Surveyed } from './run.ts';
import { interrupted } from './failure.ts';
import type { Located } from './targets.ts';
import { turn, type Turn } from './turn.ts';

/**
 * Looks at all hosts, and changes those that differ, batch by batch. Those of the first batch keep their
 * connections; the others are let go, and looked at again when they have their turn.
 * @param go asked once for all batches, with the number of those that differ; where it says no, all stay as they are
 */
export async function changeFleet(
  fleet: Fleet,
  hosts: readonly Located<HostTasks>[],
  request: Request,
  go: (differ: number) => Promise<boolean>,
): Promise<readonly HostOutcome[]> {
  const all = hosts.map(({ it }) => it);
  const found = await surveyFleet(fleet, hosts);
  const ended = found.flatMap((it) => ('outcome' in it ? [it] : []));
  const surveyed = found.flatMap((it) => ('plan' in it ? [{ ...it, plays: it.located.it.plays }] : []));
  const outcomes = ended.map(({ outcome }) => outcome);
  const results = ended.map(({ located, outcome }) => resultOf(located, outcome));
  const cut = batches(surveyed, all);
  const turns = cut.map((batch, i) => batch.map((it) => (i === 0 ? it : { ...it, connection: undefined })));
  await Promise.all(cut.slice(1).flatMap((batch) => batch.map(({ connection }) => connection.close())));

  let why = exceeded(results, all);
  const stays = (): HostOutcome | undefined => {
    if (fleet.stop.aborted) return interrupted;
    return (why ??= exceeded(results, all)) === undefined ? undefined : stopped;
  };
  const goes = surveyed.length === 0 || stays() !== undefined || (await go(surveyed.length));
  for (const [i, batch] of turns.entries()) {
    if (goes && turns.length > 1 && stays() === undefined)
      fleet.emit({ event: 'batch-started', batch: i + 1, of: turns.length, hosts: batch.map(nameOf) });
    const tried = await eachHost(fleet, batch, async (host) => {
      const stay = stays() ?? (goes ? undefined : pending);
      const outcome = stay === undefined ? await turn(fleet, host, request) : await leave(host, stay);
      const result = resultOf(host.located, outcome);
      outcomes.push(end(fleet, nameOf(host), outcome));
      results.push(result);
      return result;
    });
    why ??= lost(tried);
  }
  if (outcomes.includes(stopped))
    fleet.emit({ event: 'warning', host: undefined, message: `no further host was started: ${why}` });
  return outcomes;
}

const stopped: HostOutcome = { is: 'untouched', because: 'stopped' };
const pending: HostOutcome = { is: 'pending' };

const nameOf = ({ located }: Pick<Surveyed, 'located'>): string => located.it.host;

const resultOf = ({ it }: Located<HostTasks>, outcome: HostOutcome): Result => ({
  plays: it.plays,
  failed: !succeeded.has(outcome.is),
});

/** What counts for no failure; not to be reached counts as one, and so does not to have got the lock. */
const succeeded: ReadonlySet<HostOutcome['is']> = new Set(['in-sync', 'committed', 'pending', 'untouched']);

/** Leaves a host that was looked at as it is. */
async function leave({ connection }: Turn, outcome: HostOutcome): Promise<HostOutcome> {
  await connection?.close();
  return outcome;
}
