import type { Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import type { Work } from './approval.ts';
import { batches, exceeded, lost, type Result } from './batches.ts';
import { end, interrupted, inTurn, type Fleet } from './fleet.ts';
import { surveyFleet, type Surveyed } from './run.ts';
import { missed, spareOf } from './spare.ts';
import type { Located } from './targets.ts';
import { turn, type Turn } from './turn.ts';

/**
 * Looks at all hosts, and changes those that differ, batch by batch. Those of the first batch keep their
 * connections; the others are let go, and looked at again when they have their turn. In a batch a host waits while
 * its zones can't spare it.
 * @param go asked once for all batches, with the number of those that differ; where it says no, all stay as they are
 */
export async function changeFleet(
  fleet: Fleet,
  hosts: readonly Located<Work>[],
  request: Request,
  go: (differ: number) => Promise<boolean>,
): Promise<readonly HostOutcome[]> {
  const all = hosts.map(({ it }) => it);
  const found = await surveyFleet(fleet, hosts);
  const ended = found.flatMap((it) => ('outcome' in it ? [it] : []));
  const surveyed = found.flatMap((it) => ('plan' in it ? [{ ...it, plays: it.located.it.plays }] : []));
  const outcomes = ended.map(({ outcome }) => outcome);
  const results = ended.map(({ located, outcome }) => resultOf(located, outcome));
  const spare = spareOf(
    found.map((it) => ({ it: it.located.it, serves: 'plan' in it ? it.serves : undefined })),
    new Map(ended.map(({ located, outcome }) => [located.it.host, outcome])),
  );
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
    const against = ({ located }: Turn) =>
      goes && stays() === undefined ? spare.against(located.it.host) : undefined;
    const tried = await inTurn(fleet, batch, against, async (turned, short) => {
      const { host } = turned.located.it;
      const stay = stays() ?? (goes ? missed(short) : pending);
      if (stay === undefined) spare.leave(host);
      const outcome = stay === undefined ? await turn(fleet, turned, request) : await leave(turned, stay);
      spare.back(host, outcome);
      const result = resultOf(turned.located, outcome);
      outcomes.push(end(fleet, host, outcome));
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

const resultOf = ({ it }: Located<Work>, outcome: HostOutcome): Result => ({
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
