import { shippedProbe, type Shipped } from '../audit/shipped.ts';
import type { AbsolutePath, HostName, ProfileName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import type { Fleet } from './fleet.ts';
import { ended, lookEach, type Ended } from './look-each.ts';
import { observe, refusal } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** A profile's file on a host beside the one of its package, or how the look at it ended. */
export type SeenShipped =
  | { readonly is: 'seen'; readonly host: HostName; readonly file: AbsolutePath; readonly shipped: Shipped }
  | Ended;

/** Two trips: which file the profile has, then that file and its original. */
export function shippedFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  profile: ProfileName,
): Promise<readonly SeenShipped[]> {
  const asked = profileProbe(profile);
  return lookEach(fleet, hosts, ended, async (connection, located): Promise<SeenShipped> => {
    const { facts, observations } = await observe(connection, [asked]);
    const refused = refusal(facts, fleet.allowUntested);
    if (refused) return ended(located, refused);
    const found = observations.answer(asked);
    if (found.is !== 'value' || found.value.is === 'undefined')
      return ended(
        located,
        unseen(found.is === 'unknown' ? found.reason : `no file here defines the profile ${profile}`),
      );
    const file = found.value.file.path;
    const probe = shippedProbe(file);
    const shipped = (await observe(connection, [probe])).observations.answer(probe);
    if (shipped.is !== 'value')
      return ended(located, unseen(shipped.is === 'unknown' ? shipped.reason : `${file} is gone again`));
    return { host: located.it.host, is: 'seen', file, shipped: shipped.value };
  });
}

const unseen = (reason: string): HostOutcome => ({
  is: 'refused',
  reason,
  hint: 'without the original, nobody can tell what was changed',
});
