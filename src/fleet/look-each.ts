import type { HostName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import type { Connection } from '../transport/transport.ts';
import { outcomeOfError } from './failure.ts';
import { eachHost, interrupted, type Fleet } from './fleet.ts';
import { viaText, type Located, type Reachable } from './targets.ts';

/** A look that ended without what was to be seen. */
export interface Ended {
  readonly is: 'ended';
  readonly host: HostName;
  readonly outcome: HostOutcome;
}

export const ended = ({ it: { host } }: Located<Reachable>, outcome: HostOutcome): Ended => ({
  is: 'ended',
  host,
  outcome,
});

/** Tells that a host is being asked. */
export const lookBegins = (fleet: Pick<Fleet, 'emit'>, { it, target }: Located<Reachable>): void =>
  fleet.emit({ event: 'host-look', host: it.host, state: 'begun', via: viaText(target) });

/**
 * Looks at hosts, each over a connection of its own that is closed behind it. A host that can't be reached, and one that
 * has not had its turn when the run is interrupted, stops no other.
 * @param without what stands for such a host
 */
export function lookEach<L extends Located<Reachable>, R>(
  fleet: Pick<Fleet, 'transport' | 'forks' | 'stop' | 'emit'>,
  hosts: readonly L[],
  without: (located: L, outcome: HostOutcome) => R,
  look: (connection: Connection, located: L) => Promise<R>,
): Promise<readonly R[]> {
  return eachHost(fleet, hosts, async (located): Promise<R> => {
    if (fleet.stop.aborted) return without(located, interrupted);
    let connection: Connection | undefined;
    lookBegins(fleet, located);
    try {
      connection = await fleet.transport.connect(located.target);
      return await look(connection, located);
    } catch (error) {
      return without(located, outcomeOfError(error));
    } finally {
      await connection?.close();
      fleet.emit({ event: 'host-look', host: located.it.host, state: 'over' });
    }
  });
}

/** In the order of their names. */
export const byHost = (a: { readonly host: string }, b: { readonly host: string }): number =>
  a.host < b.host ? -1 : 1;
