import { shippedProbe, type Shipped } from '../audit/shipped.ts';
import type { AbsolutePath, HostName, ProfileName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { profileProbe } from '../resources/profile.ts';
import type { Connection } from '../transport/transport.ts';
import { outcomeOfError } from './failure.ts';
import { eachHost, interrupted, type Fleet } from './fleet.ts';
import { observe, refusal } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** A profile's file on a host beside the one of its package, or how the look at it ended. */
export type SeenShipped = { readonly host: HostName } & (
  | { readonly is: 'seen'; readonly file: AbsolutePath; readonly shipped: Shipped }
  | { readonly is: 'ended'; readonly outcome: HostOutcome }
);

/** Two trips: which file the profile has, then that file and its original. */
export function shippedFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  profile: ProfileName,
): Promise<readonly SeenShipped[]> {
  const asked = profileProbe(profile);
  return eachHost(fleet, hosts, async ({ it: { host }, target }): Promise<SeenShipped> => {
    const ended = (outcome: HostOutcome): SeenShipped => ({ host, is: 'ended', outcome });
    if (fleet.stop.aborted) return ended(interrupted);
    let connection: Connection | undefined;
    try {
      connection = await fleet.transport.connect(target);
      const { facts, observations } = await observe(connection, [asked]);
      const refused = refusal(facts, fleet.allowUntested);
      if (refused) return ended(refused);
      const found = observations.answer(asked);
      if (found.is !== 'value' || found.value.is === 'undefined')
        return ended(
          unseen(found.is === 'unknown' ? found.reason : `no file here defines the profile ${profile}`),
        );
      const file = found.value.file.path;
      const probe = shippedProbe(file);
      const shipped = (await observe(connection, [probe])).observations.answer(probe);
      if (shipped.is !== 'value')
        return ended(unseen(shipped.is === 'unknown' ? shipped.reason : `${file} is gone again`));
      return { host, is: 'seen', file, shipped: shipped.value };
    } catch (error) {
      return ended(outcomeOfError(error));
    } finally {
      await connection?.close();
    }
  });
}

const unseen = (reason: string): HostOutcome => ({
  is: 'refused',
  reason,
  hint: 'without the original, nobody can tell what was changed',
});
