import { backTrip } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { committedProbe } from '../observe/attest.ts';
import { oneByOne } from './one-by-one.ts';
import type { Fleet } from './fleet.ts';
import type { Located, Reachable } from './targets.ts';

/**
 * Takes back on every host what confine did there: its transactions, the newest first, each to the bytes before
 * it. Packages stay. A host on which one can't be taken back keeps that and those before it.
 * @param howMany `last` for the newest transaction alone
 * @param who for the lock's message
 */
export const undoFleet = (
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  howMany: 'all' | 'last',
  who: string,
): Promise<readonly HostOutcome[]> =>
  oneByOne(fleet, hosts, {
    probe: committedProbe,
    chosen: (folders) => folders.toReversed().slice(0, howMany === 'all' ? undefined : 1),
    script: (folder) => backTrip(folder, 'undo', who),
    goesOnAfter: 'restored',
  });
