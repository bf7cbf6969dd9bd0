import { bindConfigProbe } from '../bind/config.ts';
import { ProfileName } from '../brand.ts';
import type { Sight } from '../init/advice.ts';
import { namedUnit } from '../observe/named-unit.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import { unitProbe } from '../resources/unit.ts';
import type { Fleet } from './fleet.ts';
import { byHost, ended, lookEach, type Ended } from './look-each.ts';
import { observe, refusal } from './survey.ts';
import type { Located, Reachable } from './targets.ts';
import type { HostName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import type { Connection } from '../transport/transport.ts';

/** A host as advice needs it, or why it gets none. */
export type Looked = { readonly is: 'seen'; readonly host: HostName; readonly sight: Sight } | Ended;

const of = namedUnit();
const [unit, config] = [unitProbe(of), bindConfigProbe(of)];
const profile = profileProbe(ProfileName.parse('named'));

/** Looks at what hosts have for the confinement of named, one trip each, and changes nothing. */
export async function lookFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
): Promise<readonly Looked[]> {
  const looked = await lookEach(
    fleet,
    hosts,
    ended,
    async (connection, { it: { host } }): Promise<Looked> => ({
      host,
      ...(await look(connection, fleet.allowUntested)),
    }),
  );
  return looked.toSorted(byHost);
}

/** How a look at a host without BIND ends. */
export const noNamed: HostOutcome = {
  is: 'refused',
  reason: 'there is no named.service on this host',
  hint: 'install bind9 there first, or leave the host out',
};

type Ending = Omit<Ended, 'host'>;

async function look(
  connection: Connection,
  allowUntested: boolean,
): Promise<{ readonly is: 'seen'; readonly sight: Sight } | Ending> {
  const { facts, observations } = await observe(connection, [unit, profile, config]);
  const refused = refusal(facts, allowUntested);
  if (refused) return { is: 'ended', outcome: refused };
  const found = observations.answer(unit);
  if (found.is === 'absent') return { is: 'ended', outcome: noNamed };
  if (found.is === 'unknown' && facts.systemd)
    return { is: 'ended', outcome: { is: 'refused', reason: found.reason, hint: undefined } };
  return {
    is: 'seen',
    sight: {
      facts,
      unit: found.is === 'value' ? found.value.name : 'named.service',
      profile: observations.answer(profile),
      config: observations.answer(config),
    },
  };
}
